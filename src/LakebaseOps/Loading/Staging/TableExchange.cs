using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// Puts one table in the place of another within the caller's transaction: the present one is put aside with its indexes,
/// sequences and statistics under other names, its successor takes its name, and with it owner, grants and everything that
/// refers to it. A swap and its undo are the same exchange in the two directions.
/// </summary>
internal sealed class TableExchange(NpgsqlConnection connection, TableName table, uint present, TableName successor, uint successorOid)
{
    private readonly string _table = table.ToSql();

    /// <summary>The successor has comments, triggers, rules and statistics of its own and keeps them.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Last look at both tables under their locks, before anything is done.</summary>
    public Func<CancellationToken, Task>? Check { get; init; }

    /// <summary>Owner and grants of the table before the exchange.</summary>
    public string Grants { get; private set; } = "";

    /// <summary>Exchanges.</summary>
    /// <param name="aside">The name under which the present table is put aside.</param>
    /// <param name="asideName">Makes up a name for a part of it.</param>
    /// <param name="names">Parts of the successor that get their final names.</param>
    /// <param name="drop">Drop the present table in the end.</param>
    /// <param name="cancellationToken">Stops it, which undoes all.</param>
    /// <returns>The parts of the present table that were put aside, with the names they had.</returns>
    /// <exception cref="LakebaseException">LoadChanged, LoadNotPossible.</exception>
    public async Task<IReadOnlyList<RenamedPart>> RunAsync(
        string aside, Func<string, string> asideName, IReadOnlyList<RenamedPart> names, bool drop, CancellationToken cancellationToken)
    {
        // Names in definitions are written in full, whatever the path of the connection.
        await ExecuteAsync("SET LOCAL search_path = pg_catalog, pg_temp", cancellationToken).ConfigureAwait(false);
        await Patience.BeginTurnAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (Dependent dependent in await Dependent.ListAsync(connection, present, cancellationToken).ConfigureAwait(false))
            await ExecuteAsync(dependent.Lock, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync($"LOCK TABLE {_table}, {successor.ToSql()} IN ACCESS EXCLUSIVE MODE", cancellationToken).ConfigureAwait(false);
        await RequireAsync(table, present, cancellationToken).ConfigureAwait(false);
        await RequireAsync(successor, successorOid, cancellationToken).ConfigureAwait(false);
        if (Check is not null)
            await Check(cancellationToken).ConfigureAwait(false);
        await Obstacles.CheckAsync(connection, table, present, cancellationToken).ConfigureAwait(false);
        Grants = await Belongings.GrantsAsync(connection, present, cancellationToken).ConfigureAwait(false);

        IReadOnlyList<string> belongings = await Belongings.ReadAsync(
            connection, present, table, successorOid, IsComplete, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Dependent> dependents = await Dependent.ListAsync(connection, present, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> publications = await PublicationsAsync(aside, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TableSequence> theirs = await TableSequence.ListAsync(connection, present, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> sequences = await SequencesAsync(theirs, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TablePart> parts = await TablePart.ListAsync(connection, present, cancellationToken).ConfigureAwait(false);
        // In one round trip: readers of the table wait until all is done.
        await ExecuteAsync(
            [
                .. dependents.Select(dependent => dependent.Before).OfType<string>(),
                .. theirs.Where(sequence => !sequence.IsIdentity).Select(sequence => $"ALTER SEQUENCE {sequence.ToSql()} OWNED BY NONE"),
                .. parts.Select(part => part.Rename(asideName(part.Name))),
                $"ALTER TABLE {_table} RENAME TO {TableName.Quote(aside)}",
                .. names.Select(part => part.Part.Rename(part.Name)),
                $"ALTER TABLE {successor.ToSql()} RENAME TO {TableName.Quote(table.Name)}",
                // The owner comes first of all: a sequence must have the owner of its table.
                .. publications, .. belongings, .. sequences,
            ], cancellationToken).ConfigureAwait(false);
        foreach (Dependent dependent in dependents)
            await AttachAsync(dependent, cancellationToken).ConfigureAwait(false);
        if (drop)
            await ExecuteAsync($"DROP TABLE {(table with { Name = aside }).ToSql()}", cancellationToken).ConfigureAwait(false);
        return [.. parts.Select(part => new RenamedPart(part with { Name = asideName(part.Name) }, part.Name))];
    }

    private async Task RequireAsync(TableName name, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = name.ToSql() } } };
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not uint now || now != oid)
        {
            throw new LakebaseError(ErrorIds.LoadChanged, LakebaseErrorKind.InvalidState,
                $"{name} was dropped and made again by somebody else meanwhile.")
            { Target = table.ToString(), Remedy = "Load it with -Restart." }.ToException();
        }
    }

    /// <summary>
    /// Serial sequences change hands; identity sequences are the successor's own and take over name, grants and position once the
    /// former are out of the way.
    /// </summary>
    private async Task<IReadOnlyList<string>> SequencesAsync(IReadOnlyList<TableSequence> theirs, CancellationToken cancellationToken)
    {
        List<string> statements = [];
        IReadOnlyList<TableSequence> owned = await TableSequence.ListAsync(connection, successorOid, cancellationToken).ConfigureAwait(false);
        foreach (TableSequence sequence in theirs)
        {
            if (!sequence.IsIdentity)
            {
                statements.Add($"ALTER SEQUENCE {sequence.ToSql()} OWNED BY {_table}.{TableName.Quote(sequence.Column)}");
                continue;
            }

            if (owned.FirstOrDefault(other => other.IsIdentity && other.Column == sequence.Column) is not { } own)
                continue;
            (long value, bool called) = await sequence.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            (long reached, bool used) = await own.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            if (used && (sequence.IsAscending ? reached > value : reached < value))
                (value, called) = (reached, used);
            statements.Add($"ALTER SEQUENCE {own.ToSql()} RENAME TO {TableName.Quote(sequence.Name)}");
            statements.Add($"SELECT setval({Schemas.TableBuilder.Literal(sequence.ToSql())}, {value}, {(called ? "true" : "false")})");
            statements.AddRange(sequence.Belongings);
        }

        return statements;
    }

    /// <summary>A table that was put aside is no longer published; its successor is.</summary>
    private async Task<IReadOnlyList<string>> PublicationsAsync(string aside, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT array_agg(format('ALTER PUBLICATION %I DROP TABLE %s', pubname, $2)) FROM pg_publication_rel JOIN pg_publication p ON p.oid = prpubid WHERE prrelid = $1",
            connection)
        {
            Parameters =
            {
                new() { Value = present, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = (table with { Name = aside }).ToSql() },
            },
        };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string[] ?? [];
    }

    private async Task AttachAsync(Dependent dependent, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(dependent.After, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState[..2] is "22" or "23" or "42" or "0A")
        {
            string detail = string.IsNullOrEmpty(refused.Detail) ? "" : $" {refused.Detail}";
            throw new LakebaseError(ErrorIds.LoadNotPossible, LakebaseErrorKind.InvalidState,
                $"{dependent.Name} does not fit the table that was to take the place of {table}: {refused.MessageText}.{detail} Nothing was exchanged.")
            {
                Target = table.ToString(),
                SqlState = refused.SqlState,
                Cause = refused,
                Remedy = "Correct the data or drop what is named, then call again: everything is ready up to this step.",
            }.ToException();
        }
    }

    private Task ExecuteAsync(string? statement, CancellationToken cancellationToken) =>
        ExecuteAsync(statement is null ? [] : [statement], cancellationToken);

    private async Task ExecuteAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        if (statements.Count == 0)
            return;
        // Statements of a batch are sent as they are; a plain command would be cut at the semicolons within the body of a function.
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (string statement in statements)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
