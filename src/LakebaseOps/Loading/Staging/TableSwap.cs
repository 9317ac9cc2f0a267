using LakebaseOps.Indexing;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Puts a finished stage table in the place of the table, in one transaction; readers see the one or the other.</summary>
internal sealed class TableSwap(LoadPlan plan, LoadLedger ledger, LedgerEntry entry)
{
    private const int Attempts = 60;
    private readonly string _table = plan.Table.ToSql();
    private string? _grants;

    /// <summary>Swaps, waiting for readers in turns so that those behind us never wait longer than two seconds.</summary>
    /// <returns>Where the former table is kept, if it is.</returns>
    public async Task<TableName?> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await SwapAsync(connection, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable && attempt < Attempts)
            {
                await Task.Delay(Random.Shared.Next(200, 1_000), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads back what the swap has left: the table is the stage, its keys and indexes are valid, its grants the former ones.</summary>
    /// <exception cref="LakebaseException">LoadNotVerified.</exception>
    public async Task VerifyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = _table } } };
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
        if (_grants is not null && _grants != await Belongings.GrantsAsync(connection, now, cancellationToken).ConfigureAwait(false))
            throw Wrong("its grants are not those it had");
    }

    private async Task<TableName?> SwapAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, "SET LOCAL lock_timeout = '2s'", cancellationToken).ConfigureAwait(false);
            if (await EnterAsync(connection, cancellationToken).ConfigureAwait(false) is { } done)
                return done.PreviousName is null ? null : plan.Table with { Name = done.PreviousName };
            TableName? previous = plan.LiveOid is uint live
                ? await ReplaceAsync(connection, live, cancellationToken).ConfigureAwait(false)
                : await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
            using NpgsqlCommand note = new(
                """
                UPDATE lakebase_ops.load_table SET status = 'Loaded', phase = 'Done', table_oid = stage_oid, previous_name = $2,
                    finished_at = clock_timestamp() WHERE load_id = $1
                """, connection)
            {
                Parameters = { new() { Value = ledger.LoadId }, new NpgsqlParameter<string?> { TypedValue = previous?.Name } },
            };
            await note.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
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
        await ExecuteAsync(connection, $"LOCK TABLE {_table}, {plan.Stage.ToSql()} IN ACCESS EXCLUSIVE MODE", cancellationToken).ConfigureAwait(false);
        using (NpgsqlCommand same = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = _table } } })
        {
            if (await same.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not uint now || now != live)
            {
                throw new LakebaseError(ErrorIds.LoadChanged, LakebaseErrorKind.InvalidState,
                    $"{plan.Table} was dropped and made again by somebody else while it was loaded.")
                { Target = plan.Table.ToString(), Remedy = "Load it with -Restart." }.ToException();
            }
        }

        await Obstacles.CheckAsync(connection, plan.Table, live, cancellationToken).ConfigureAwait(false);
        uint stage = entry.StageOid!.Value;
        _grants = await Belongings.GrantsAsync(connection, live, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> belongings = await Belongings.ReadAsync(connection, live, plan.Table, stage, cancellationToken).ConfigureAwait(false);
        List<string> afterwards = await KeepSequencesAsync(connection, live, stage, cancellationToken).ConfigureAwait(false);
        TableName? previous = null;
        if (plan.KeepPrevious)
            previous = await PutAsideAsync(connection, live, cancellationToken).ConfigureAwait(false);
        else
            await ExecuteAsync(connection, $"DROP TABLE {_table}", cancellationToken).ConfigureAwait(false);
        await RenameAsync(connection, cancellationToken).ConfigureAwait(false);
        // The owner comes first of all: a sequence must have the owner of its table.
        foreach (string statement in belongings.Concat(afterwards))
            await ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
        return previous;
    }

    private async Task<TableName?> CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await RenameAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (TableSequence sequence in await TableSequence.ListAsync(connection, entry.StageOid!.Value, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection,
                $"ALTER SEQUENCE {sequence.ToSql()} RENAME TO {TableName.Quote(IndexName.For(plan.Table, [sequence.Column], "seq"))}",
                cancellationToken).ConfigureAwait(false);
        }

        foreach (string comment in TableBuilder.Script(plan.Shape).Comments)
            await ExecuteAsync(connection, comment, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// Serial sequences change hands now, before their table goes; identity sequences are the stage's own and take over name
    /// and position once the former are out of the way.
    /// </summary>
    private async Task<List<string>> KeepSequencesAsync(NpgsqlConnection connection, uint live, uint stage, CancellationToken cancellationToken)
    {
        List<string> afterwards = [];
        IReadOnlyList<TableSequence> theirs = await TableSequence.ListAsync(connection, stage, cancellationToken).ConfigureAwait(false);
        foreach (TableSequence sequence in await TableSequence.ListAsync(connection, live, cancellationToken).ConfigureAwait(false))
        {
            if (!sequence.IsIdentity)
            {
                await ExecuteAsync(connection, $"ALTER SEQUENCE {sequence.ToSql()} OWNED BY NONE", cancellationToken).ConfigureAwait(false);
                afterwards.Add($"ALTER SEQUENCE {sequence.ToSql()} OWNED BY {_table}.{TableName.Quote(sequence.Column)}");
                continue;
            }

            if (theirs.FirstOrDefault(other => other.IsIdentity && other.Column == sequence.Column) is not { } own)
                continue;
            (long value, bool called) = await sequence.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            (long reached, bool used) = await own.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            if (used && (sequence.IsAscending ? reached > value : reached < value))
                (value, called) = (reached, used);
            afterwards.Add($"ALTER SEQUENCE {own.ToSql()} RENAME TO {TableName.Quote(sequence.Name)}");
            afterwards.Add($"SELECT setval({TableBuilder.Literal(sequence.ToSql())}, {value}, {(called ? "true" : "false")})");
        }

        return afterwards;
    }

    private async Task<TableName> PutAsideAsync(NpgsqlConnection connection, uint live, CancellationToken cancellationToken)
    {
        TableDefinition former = await TableCatalog.ReadAsync(connection, plan.Table, cancellationToken).ConfigureAwait(false);
        foreach (IndexDefinition index in former.Indexes)
        {
            await ExecuteAsync(connection,
                $"ALTER INDEX {(plan.Table with { Name = index.Name }).ToSql()} RENAME TO {Aside(index.Name)}", cancellationToken).ConfigureAwait(false);
        }

        foreach (TableSequence sequence in await TableSequence.ListAsync(connection, live, cancellationToken).ConfigureAwait(false))
            await ExecuteAsync(connection, $"ALTER SEQUENCE {sequence.ToSql()} RENAME TO {Aside(sequence.Name)}", cancellationToken).ConfigureAwait(false);
        using (NpgsqlCommand statistics = new(
            "SELECT format('ALTER STATISTICS %I.%I RENAME TO ', n.nspname, s.stxname), s.stxname FROM pg_statistic_ext s "
            + "JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE stxrelid = $1", connection)
        {
            Parameters = { new() { Value = live, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        })
        {
            List<string> renames = [];
            NpgsqlDataReader row = await statistics.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    renames.Add(row.GetString(0) + Aside(row.GetString(1)));
            }

            foreach (string rename in renames)
                await ExecuteAsync(connection, rename, cancellationToken).ConfigureAwait(false);
        }

        TableName previous = plan.Table with { Name = LoadNames.Previous(plan.Table, ledger.LoadId, "") };
        await ExecuteAsync(connection, $"ALTER TABLE {_table} RENAME TO {TableName.Quote(previous.Name)}", cancellationToken).ConfigureAwait(false);
        return previous;

        string Aside(string name) => TableName.Quote(LoadNames.Previous(plan.Table, ledger.LoadId, name));
    }

    private async Task RenameAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string schema = plan.Table.Schema;
        foreach ((string from, string to) in plan.Indexes.Select(index => (index.StageName, index.Name))
            .Concat(plan.Constraints.Select(constraint => (constraint.StageName, constraint.Name))))
        {
            await ExecuteAsync(connection, $"ALTER INDEX {new TableName(schema, from).ToSql()} RENAME TO {TableName.Quote(to)}", cancellationToken)
                .ConfigureAwait(false);
        }

        await ExecuteAsync(connection, $"ALTER TABLE {plan.Stage.ToSql()} RENAME TO {TableName.Quote(plan.Table.Name)}", cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private LakebaseException Wrong(string reason) =>
        new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification, $"After the swap of {plan.Table}: {reason}.")
        { Target = plan.Table.ToString(), Remedy = "See Test-LakebaseTable for what is wrong now." }.ToException();
}
