using LakebaseOps.Indexing;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>Builds an index of a load over its own connections: watched while they wait, and replaced when they are lost.</summary>
internal static class LoadIndex
{
    /// <summary>Makes sure that a table has an index, as <see cref="IndexBuilder"/> does.</summary>
    public static async Task BuildAsync(
        LoadConnections connections, TableName table, IndexDefinition wanted, string name, IndexBuildSettings settings,
        IOperationSink sink, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            NpgsqlConnection? connection = null;
            try
            {
                NpgsqlConnection rented = connection = await connections.RentAsync(cancellationToken).ConfigureAwait(false);
                await connections.RunAsync(
                    rented, token => IndexBuilder.BuildAsync(connections.Session, rented, table, wanted, name, settings, sink, token), cancellationToken)
                    .ConfigureAwait(false);
                // A build beside others' writes sets what holds for the whole session.
                if (settings.Concurrently)
                    await connections.RetireAsync(rented).ConfigureAwait(false);
                else
                    connections.Return(rented);
                return;
            }
            catch (Exception exception)
            {
                if (connection is not null)
                    await connections.DropAsync(connection).ConfigureAwait(false);
                // A session of ours that was given up may need a moment to lose its lock.
                bool passes = Transient.Is(exception) || (attempt > 0 && exception is LakebaseException { Error.Id: ErrorIds.ResourceBusy });
                if (!passes || !await Transient.WaitAsync(attempt, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }
    }
}
