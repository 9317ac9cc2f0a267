using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>What killed builds of ours left on a table under names that nobody wants any more.</summary>
internal static class Leftovers
{
    /// <summary>Drops the invalid indexes that the ledger shows to be ours, but for the wanted ones.</summary>
    /// <param name="session">The session.</param>
    /// <param name="table">The table.</param>
    /// <param name="wanted">Names of the wanted ones; null where not all that is wanted is known: then only twins of rebuilds go.</param>
    /// <param name="sink">Hears of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task RemoveAsync(
        PostgresSession session, TableName table, HashSet<string>? wanted, IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            uint oid = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
            foreach (ExistingIndex index in await ExistingIndex.ListAsync(connection, oid, cancellationToken).ConfigureAwait(false))
            {
                if (index.IsValid || index.IsBeingBuilt || index.Constraint is not null || (wanted is null ? !index.IsTwin : wanted.Contains(index.Name))
                    || !await IndexLedger.IsOursAsync(connection, oid, index, cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }

                BuildLock guard = new(table, index.Name);
                if (!await guard.TryTakeAsync(connection, cancellationToken).ConfigureAwait(false))
                    continue;
                try
                {
                    using NpgsqlCommand drop = new(IndexStatement.Drop(table, index.Name, concurrently: true), connection);
                    await drop.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                    sink.Milestone($"{table}: dropped {index.Name}, an unfinished index of an earlier run");
                }
                finally
                {
                    await guard.ReleaseAsync(connection).ConfigureAwait(false);
                }
            }
        }
    }
}
