using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// Puts a table that a load has replaced and kept back in its place, in one transaction. It comes back as it was, with its
/// columns, rows, indexes, triggers and comments; who may do what with it, what refers to it and where its sequences stand
/// is as it is now. The table it replaces is kept in turn unless it is to be dropped.
/// </summary>
[Command("Undo-LakebaseBulkLoad", Writes = true)]
public sealed class UndoBulkLoadOperation(LakebaseSession session, UndoBulkLoadOptions options) : Operation
{
    private readonly PostgresSession _session = PostgresSession.Of(session);
    private readonly TableName _table = TableName.Parse(options.Table ?? throw LoadPlanner.Unnamed());

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            KeptTable kept = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
            return new OperationPlan(_table.ToString(), options.DropReplaced
                ? $"Put {kept.Name} back and drop the present table with its rows"
                : $"Put {kept.Name} back and keep the present table under another name");
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        Guid id = Guid.NewGuid();
        LoadConnections connections = new(_session);
        await using (connections.ConfigureAwait(false))
        {
            // Its lock keeps loads of the table away meanwhile.
            LoadLedger ledger = new(connections, _table);
            await using (ledger.ConfigureAwait(false))
            {
                (KeptTable kept, uint? present) = await ledger.RunAsync(BeginAsync, cancellationToken).ConfigureAwait(false);
                TableName aside = _table with { Name = LoadNames.Previous(_table, id, "") };
                long rows = await ledger.RunAsync(
                    async (connection, token) =>
                    {
                        string? grants = await Patience.RunAsync(
                            _table, sink, () => ExchangeAsync(connection, kept, present, id, aside, token), token).ConfigureAwait(false);
                        return await VerifyAsync(connection, kept, grants, token).ConfigureAwait(false);
                    },
                    cancellationToken).ConfigureAwait(false);
                sink.Milestone($"{_table}: {kept.Name} is back with {rows:N0} rows.");
                await sink.EmitAsync(
                    new UndoBulkLoadResult
                    {
                        Table = _table.ToString(),
                        Session = _session.Name,
                        Status = "Restored",
                        Rows = rows,
                        RestoredTable = kept.Name.ToString(),
                        PreviousTable = options.DropReplaced || present is null ? null : aside.ToString(),
                        StartedAt = startedAt,
                        Duration = Stopwatch.GetElapsedTime(start),
                    },
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<(KeptTable Kept, uint? Present)> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        KeptTable kept = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        LedgerEntry? entry = await LedgerEntry.FindAsync(connection, _table, cancellationToken).ConfigureAwait(false);
        if (entry is { IsLoaded: false } and not { Mode: BulkLoadMode.Replace })
        {
            throw new LakebaseError(ErrorIds.LoadNotPossible, LakebaseErrorKind.InvalidState,
                $"An interrupted load adds rows to {_table}; with another table in its place the ledger would claim rows that are not there.")
            {
                Target = _table.ToString(),
                Remedy = "Resume that load, or give it up with Remove-LakebaseCheckpoint.",
            }.ToException();
        }

        return (kept, await OidAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    private async Task<string?> ExchangeAsync(
        NpgsqlConnection connection, KeptTable kept, uint? present, Guid id, TableName aside, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // The commit of an attempt whose connection broke may have arrived: once more would undo the undoing.
            if (await OidAsync(connection, cancellationToken).ConfigureAwait(false) == kept.Oid)
                return null;
            IReadOnlyList<RenamedPart> names = await PartsAsync(connection, kept, cancellationToken).ConfigureAwait(false);
            string? grants = null;
            if (present is uint oid)
            {
                TableExchange exchange = new(connection, _table, oid, kept.Name, kept.Oid) { IsComplete = true };
                IReadOnlyList<RenamedPart> parts = await exchange.RunAsync(
                    aside.Name, name => LoadNames.Previous(_table, id, name), [.. names.Where(part => part.Part.Kind != "SEQUENCE")],
                    options.DropReplaced, cancellationToken).ConfigureAwait(false);
                grants = exchange.Grants;
                if (!options.DropReplaced)
                {
                    await KeptTable.AddAsync(connection, new KeptTable { Table = _table, Oid = oid, Name = aside, Parts = parts }, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
            else
            {
                await RenameAsync(connection, kept, names, cancellationToken).ConfigureAwait(false);
            }

            await KeptTable.RemoveAsync(connection, kept.Oid, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return grants;
        }
    }

    /// <summary>Somebody has dropped the table that came after it: nothing is in the way.</summary>
    private async Task RenameAsync(
        NpgsqlConnection connection, KeptTable kept, IReadOnlyList<RenamedPart> names, CancellationToken cancellationToken)
    {
        await Patience.BeginTurnAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (string statement in names.Select(part => part.Part.Rename(part.Name))
            .Append($"ALTER TABLE {kept.Name.ToSql()} RENAME TO {TableName.Quote(_table.Name)}"))
        {
            using NpgsqlCommand command = new(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The parts that are still there under the names they were kept under.</summary>
    private static async Task<IReadOnlyList<RenamedPart>> PartsAsync(NpgsqlConnection connection, KeptTable kept, CancellationToken cancellationToken)
    {
        IReadOnlyList<TablePart> there = await TablePart.ListAsync(connection, kept.Oid, cancellationToken).ConfigureAwait(false);
        return [.. kept.Parts.Where(part => there.Contains(part.Part))];
    }

    /// <summary>Reads back: the kept table bears the name, its indexes are valid under their names, the grants are those of before.</summary>
    private async Task<long> VerifyAsync(NpgsqlConnection connection, KeptTable kept, string? grants, CancellationToken cancellationToken)
    {
        if (await OidAsync(connection, cancellationToken).ConfigureAwait(false) != kept.Oid)
            throw Wrong("the table is not the one that was kept");
        TableDefinition table = await TableCatalog.ReadAsync(connection, _table, cancellationToken).ConfigureAwait(false);
        string[] invalid =
        [
            .. table.Indexes.Where(index => !index.IsValid || kept.Parts.Any(part => part.Part.Kind == "INDEX" && part.Part.Name == index.Name))
                .Select(index => index.Name),
        ];
        if (invalid.Length > 0)
            throw Wrong($"index {string.Join(", ", invalid)} is invalid or has not its former name");
        if (grants is not null && grants != await Belongings.GrantsAsync(connection, kept.Oid, cancellationToken).ConfigureAwait(false))
            throw Wrong("its grants are not those of the table it has replaced");
        using NpgsqlCommand count = new($"SELECT count(*) FROM {_table.ToSql()}", connection);
        return (long)(await count.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<KeptTable> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        TableName? name = string.IsNullOrEmpty(options.PreviousTable) ? null : TableName.Parse(options.PreviousTable, _table.Schema);
        IReadOnlyList<KeptTable> kept = await KeptTable.ListAsync(connection, cancellationToken).ConfigureAwait(false);
        if (kept.FirstOrDefault(one => one.Table == _table && (name is null || one.Name == name)) is { } found)
            return found;
        throw new LakebaseError(ErrorIds.PreviousNotFound, LakebaseErrorKind.NotFound,
            name is null ? $"No former table of {_table} was kept." : $"No former table of {_table} is kept as {options.PreviousTable}.")
        {
            Target = _table.ToString(),
            Remedy = "Only a load with -KeepPrevious can be undone; Get-LakebaseCheckpoint lists what is kept.",
        }.ToException();
    }

    private async Task<uint?> OidAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = _table.ToSql() } } };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as uint?;
    }

    private LakebaseException Wrong(string reason) =>
        new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification, $"After undoing the load of {_table}: {reason}.")
        { Target = _table.ToString(), Remedy = "See Test-LakebaseTable for what is wrong now." }.ToException();
}
