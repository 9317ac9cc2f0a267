using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// Drops tables that loads have replaced and kept, each in a transaction of its own with its record. Only what the database's
/// own record knows, and only while it bears the name it was kept under: a table that somebody has put to use is none of these.
/// </summary>
[Command("Remove-LakebasePreviousTable", Writes = true)]
public sealed class RemovePreviousTableOperation(LakebaseSession session, RemovePreviousTableOptions options) : Operation
{
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            IReadOnlyList<KeptTable> kept = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
            string[] steps = [.. kept.Select(table => string.Create(CultureInfo.InvariantCulture,
                $"Drop {table.Name}, the former {table.Table} of {table.KeptAt:u}, {table.Bytes / 1e6:N1} MB"))];
            return new OperationPlan(string.Join(", ", kept.Select(table => table.Name)), steps is [string only] ? only : $"Drop {steps.Length} kept tables with their rows")
            {
                Steps = steps,
            };
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (KeptTable kept in await FindAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                DateTimeOffset startedAt = DateTimeOffset.UtcNow;
                long start = Stopwatch.GetTimestamp();
                if (!await Patience.RunAsync(kept.Name, sink, () => DropAsync(connection, kept, cancellationToken), cancellationToken).ConfigureAwait(false))
                {
                    sink.Warn($"{kept.Name} is no longer kept: somebody else has put it back or dropped it.");
                    continue;
                }

                await VerifyAsync(connection, kept, cancellationToken).ConfigureAwait(false);
                sink.Milestone($"{kept.Table}: {kept.Name} is dropped, {kept.Bytes / 1e6:N1} MB are free.");
                await sink.EmitAsync(
                    new RemovePreviousTableResult
                    {
                        Table = kept.Table.ToString(),
                        Session = _session.Name,
                        Status = "Removed",
                        RemovedTable = kept.Name.ToString(),
                        FreedBytes = kept.Bytes,
                        KeptAt = kept.KeptAt,
                        StartedAt = startedAt,
                        Duration = Stopwatch.GetElapsedTime(start),
                    },
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>False when the table is not kept any more. An undo of the same table strikes out the same record, so only one of both comes through.</summary>
    private static async Task<bool> DropAsync(NpgsqlConnection connection, KeptTable kept, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await Patience.BeginTurnAsync(connection, cancellationToken).ConfigureAwait(false);
            if (!await KeptTable.RemoveAsync(connection, kept.Oid, cancellationToken).ConfigureAwait(false))
                return false;
            using (NpgsqlCommand same = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = kept.Name.ToSql() } } })
            {
                if (await same.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as uint? != kept.Oid)
                    return false;
            }

            using NpgsqlCommand drop = new($"DROP TABLE {kept.Name.ToSql()}", connection);
            await drop.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
    }

    private static async Task VerifyAsync(NpgsqlConnection connection, KeptTable kept, CancellationToken cancellationToken)
    {
        using NpgsqlCommand there = new("SELECT EXISTS (SELECT FROM pg_class WHERE oid = $1)", connection)
        {
            Parameters = { new() { Value = kept.Oid, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        if ((bool)(await there.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
        {
            throw new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification, $"{kept.Name} was dropped and is still there.")
            { Target = kept.Name.ToString(), Remedy = "Look for somebody else who makes it again, then run the command once more." }.ToException();
        }
    }

    private async Task<IReadOnlyList<KeptTable>> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (options.Table is not { Count: > 0 })
            throw LoadPlanner.Unnamed();
        if (options.KeepLast < 0 || (options.KeepLast > 0 && options.PreviousTable is not null))
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                options.KeepLast < 0 ? $"{options.KeepLast} tables cannot be left." : "One kept table is named, and others are to be left.")
            { Target = "KeepLast", Remedy = "Give either -PreviousTable, or -KeepLast as 0 or more." }.ToException();
        }

        IReadOnlyList<KeptTable> all = await KeptTable.ListAsync(connection, cancellationToken).ConfigureAwait(false);
        KeptTable[] wanted = [.. all.Where(kept => options.Table.Any(pattern => Checkpoints.IsWanted(pattern, kept.Table.ToString())))];
        if (options.PreviousTable is string name)
            wanted = [.. wanted.Where(kept => kept.Name == TableName.Parse(name, kept.Table.Schema))];
        if (wanted.Length > 0)
            return [.. wanted.GroupBy(kept => kept.Table).SelectMany(kept => kept.Skip(options.KeepLast))];
        string tables = string.Join(", ", options.Table);
        throw new LakebaseError(ErrorIds.PreviousNotFound, LakebaseErrorKind.NotFound,
            options.PreviousTable is null ? $"No former table of {tables} is kept." : $"No former table of {tables} is kept as {options.PreviousTable}.")
        { Target = tables, Remedy = "Get-LakebaseCheckpoint lists what loads with -KeepPrevious have kept." }.ToException();
    }
}
