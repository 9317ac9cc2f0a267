using LakebaseOps.Indexing;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Puts a finished stage table in the place of the table, in one transaction; readers see the one or the other.</summary>
internal sealed class TableSwap(LoadPlan plan, LoadLedger ledger, LedgerEntry entry, IOperationSink sink)
{
    private string? _grants;

    /// <summary>Swaps, waiting for readers in turns so that those behind us never wait for long.</summary>
    /// <returns>Where the former table is kept, if it is.</returns>
    public async Task<TableName?> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        TableName? previous = await Patience.RunAsync(
            plan.Table, sink, () => SwapAsync(connection, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (plan.Publications is not null)
            sink.Warn($"{plan.Table} is published by {plan.Publications}: subscribers did not get the loaded rows; refresh their subscriptions, or load them, too.");
        return previous;
    }

    /// <summary>
    /// Reads back what the swap has left: the table is the very stage whose rows were counted, its keys, indexes and constraints
    /// are there and valid, its grants the former ones.
    /// </summary>
    /// <exception cref="LakebaseException">LoadNotVerified.</exception>
    public async Task VerifyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = plan.Table.ToSql() } } };
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not uint now || now != entry.StageOid)
            throw Wrong("the table is not the one that was loaded");
        TableDefinition table = await TableCatalog.ReadAsync(connection, plan.Table, cancellationToken).ConfigureAwait(false);
        string[] missing =
        [
            .. plan.Indexes.Select(index => index.Name).Concat(plan.Constraints.Select(constraint => constraint.Name))
                .Where(name => !table.Indexes.Any(index => index.Name == name && index.IsValid)),
        ];
        if (missing.Length > 0)
            throw Wrong($"without a valid index {string.Join(", ", missing)}");
        if (plan.Shape.PrimaryKey is not null && table.PrimaryKey is null)
            throw Wrong("it has no primary key");
        missing = [.. plan.Shape.Constraints.Where(constraint => constraint.Kind is "check" or "foreign key").Select(constraint => constraint.Name)
            .Except(table.Constraints.Select(constraint => constraint.Name))];
        if (missing.Length > 0)
            throw Wrong($"without constraint {string.Join(", ", missing)}");
        if (_grants is not null && _grants != await Belongings.GrantsAsync(connection, now, cancellationToken).ConfigureAwait(false))
            throw Wrong("its grants are not those it had");
    }

    /// <summary>
    /// Statistics objects and statistics targets of expressions came with the swap, after the stage was analysed: without this
    /// they would say nothing until the server comes round to it.
    /// </summary>
    public async Task AnalyzeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = $1)
                OR EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indexrelid WHERE indrelid = $1 AND coalesce(attstattarget, -1) >= 0)
            """, connection)
        {
            Parameters = { new() { Value = entry.StageOid ?? 0, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        };
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true)
            await ExecuteAsync(connection, $"ANALYZE {plan.Table.ToSql()}", cancellationToken).ConfigureAwait(false);
    }

    private async Task<TableName?> SwapAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await Patience.BeginTurnAsync(connection, cancellationToken).ConfigureAwait(false);
            if (await EnterAsync(connection, cancellationToken).ConfigureAwait(false) is { } done)
                return done.PreviousName is null ? null : plan.Table with { Name = done.PreviousName };
            TableName? previous = null;
            if (plan.LiveOid is uint live)
                previous = await ReplaceAsync(connection, live, cancellationToken).ConfigureAwait(false);
            else
                await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
            using NpgsqlCommand note = new(
                """
                UPDATE lakebase_ops.load_table SET status = 'Loaded', phase = 'Done', table_oid = stage_oid, previous_name = $2,
                    finished_at = clock_timestamp() WHERE load_id = $1
                """, connection)
            {
                Parameters = { new() { Value = ledger.LoadId }, new NpgsqlParameter<string?> { TypedValue = previous?.Name } },
            };
            await note.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(ledger.Lost).ConfigureAwait(false);
            return previous;
        }
    }

    /// <summary>Proves that the load is still ours; answers the entry when an earlier attempt's commit did arrive.</summary>
    private async Task<LedgerEntry?> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT status FROM lakebase_ops.load_table WHERE load_id = $1 AND lease = $2 FOR UPDATE", connection)
        {
            Parameters = { new() { Value = ledger.LoadId }, new() { Value = ledger.Lease } },
        };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) switch
        {
            null => throw LoadLedger.TakenOver(plan.Table),
            "Loaded" => await LedgerEntry.FindAsync(connection, ledger.LoadId, cancellationToken).ConfigureAwait(false),
            _ => null,
        };
    }

    private async Task<TableName?> ReplaceAsync(NpgsqlConnection connection, uint live, CancellationToken cancellationToken)
    {
        TableExchange exchange = new(connection, plan.Table, live, plan.Stage, entry.StageOid!.Value)
        {
            Check = async token => StageDifference.Check(
                await TableCatalog.ReadAsync(connection, plan.Table, token).ConfigureAwait(false),
                await TableCatalog.ReadAsync(connection, plan.Stage, token).ConfigureAwait(false)),
        };
        TableName aside = plan.Table with { Name = LoadNames.Previous(plan.Table, ledger.LoadId, "") };
        IReadOnlyList<RenamedPart> kept = await exchange.RunAsync(
            aside.Name, name => LoadNames.Previous(plan.Table, ledger.LoadId, name), FinalNames(), drop: !plan.KeepPrevious, cancellationToken)
            .ConfigureAwait(false);
        _grants = exchange.Grants;
        if (!plan.KeepPrevious)
            return null;
        await KeptTable.AddAsync(connection, new KeptTable { Table = plan.Table, Oid = live, Name = aside, Parts = kept }, cancellationToken).ConfigureAwait(false);
        return aside;
    }

    private async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (RenamedPart part in FinalNames())
            await ExecuteAsync(connection, part.Part.Rename(part.Name), cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, $"ALTER TABLE {plan.Stage.ToSql()} RENAME TO {TableName.Quote(plan.Table.Name)}", cancellationToken).ConfigureAwait(false);
        foreach (TableSequence sequence in await TableSequence.ListAsync(connection, entry.StageOid!.Value, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection,
                $"ALTER SEQUENCE {sequence.ToSql()} RENAME TO {TableName.Quote(IndexName.For(plan.Table, [sequence.Column], "seq"))}",
                cancellationToken).ConfigureAwait(false);
        }

        foreach (string comment in TableBuilder.Script(plan.Shape).Comments)
            await ExecuteAsync(connection, comment, cancellationToken).ConfigureAwait(false);
    }

    private RenamedPart[] FinalNames() =>
    [
        .. plan.Indexes.Select(index => (index.StageName, index.Name)).Concat(plan.Constraints.Select(constraint => (constraint.StageName, constraint.Name)))
            .Select(pair => new RenamedPart(new TablePart("INDEX", plan.Table.Schema, pair.StageName), pair.Name)),
    ];

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private LakebaseException Wrong(string reason) =>
        new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification, $"After the swap of {plan.Table}: {reason}.")
        { Target = plan.Table.ToString(), Remedy = "See Test-LakebaseTable for what is wrong now." }.ToException();
}
