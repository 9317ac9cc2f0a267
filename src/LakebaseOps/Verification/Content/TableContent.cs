using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification.Content;

/// <summary>Compares a table with another one, of this or another server.</summary>
internal sealed class TableContent(
    NpgsqlConnection connection, TableName table, TableState facts, IReadOnlyList<string> key, TestTableOptions options, ContentParts parts,
    ContentCheckpoint? checkpoint, PostgresSession session)
{
    // One value of every way to hash: servers that do not agree on these agree on nothing.
    private const string Probe =
        """
        SELECT current_setting('server_encoding') || ' ' || (hashtextextended('LakebaseOps' COLLATE "C", 1) # hashfloat8extended(1.5, 2)
            # hash_numeric_extended(12.50, 3) # timestamp_hash_extended('2026-01-02 03:04:05', 4) # uuid_hash_extended('00112233-4455-6677-8899-aabbccddeeff', 5)
            # jsonb_hash_extended('{"a": [1, true, null]}', 6) # hashint8extended(-7, 7) # hashbpcharextended('x ' COLLATE "C", 8)
            # hash_record_extended(ROW(true, 1::int4, 2::int2, 'x'::text, date '2026-01-02', '\x00ff'::bytea, ARRAY[1, 2], NULL::int8), 9))
        """;

    /// <summary>Pages of a table; null of one that has none of its own, such as a partitioned table.</summary>
    public static async Task<long?> PagesAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT pg_relation_size(oid) / current_setting('block_size')::bigint FROM pg_class WHERE oid = @table AND relkind IN ('r', 'm')", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long?;
    }

    /// <summary>What the digests of a table's parts depend on: the table itself and all that was done to it.</summary>
    public static async Task<string> StateAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT concat_ws(' ', current_database(), @table::oid, pg_relation_filenode(@table::oid), pg_relation_size(@table::oid), pg_stat_get_tuples_inserted(@table::oid), "
            + "pg_stat_get_tuples_updated(@table::oid), pg_stat_get_tuples_deleted(@table::oid))", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Compares.</summary>
    /// <param name="reference">The other table.</param>
    /// <param name="other">Its session; null for the table's own.</param>
    /// <param name="others">Who reads it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Finding> RunAsync(TableName reference, PostgresSession? other, ContentParts others, CancellationToken cancellationToken)
    {
        NpgsqlConnection there = await (other ?? session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (there.ConfigureAwait(false))
        {
            string name = other is null ? reference.ToString() : $"{reference} of {other.Name}";
            if (await TableState.ReadAsync(there, reference, cancellationToken).ConfigureAwait(false) is not TableState state)
                return Finding.Require(false, $"the content of {name}", "there is no such table", "Check -ReferenceTable and -ReferenceSession.");
            IReadOnlyList<ContentColumn> own = await ContentColumn.ListAsync(connection, facts.Oid, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ContentColumn> theirs = await ContentColumn.ListAsync(there, state.Oid, cancellationToken).ConfigureAwait(false);
            if (Apart(own, theirs) is { Count: > 0 } apart)
                return Finding.Require(false, $"the columns of {name}", string.Join("; ", apart), "Content can be compared once the columns are the same.");
            if (options.Comparison == ContentComparison.Equality && other is not null)
                await AgreeAsync(there, other, cancellationToken).ConfigureAwait(false);
            long? pages = await PagesAsync(connection, facts.Oid, cancellationToken).ConfigureAwait(false);
            // What either side compares by its text, both must.
            ContentColumn[] columns = [.. own.Select(column => theirs.First(one => one.Name == column.Name) is { IsByText: true } text && !column.IsByText ? text : column)];
            ContentPlan plan = new(
                columns, [.. key.Select(column => Array.FindIndex(columns, one => one.Name == column)).Where(number => number >= 0)],
                options.Comparison == ContentComparison.Strict, ContentPlan.BucketsFor(Math.Max(facts.EstimatedRows, state.EstimatedRows)),
                ContentPlan.PagesFor(pages ?? 0, parts.Sessions));
            // A strict comparison without a key has no bucket that a server could compute.
            if (plan is { IsStrict: true, Key.Count: 0 })
                plan = plan with { BucketsHere = true, Kinds = [.. columns.Select(_ => Loading.Wire.ColumnKind.Server)] };
            TableSide mine = await SideAsync(connection, table, $"{table} of {session.Name}", facts.Oid, plan, parts, cancellationToken).ConfigureAwait(false);
            TableSide yours = await SideAsync(there, reference, $"{name} (reference)", state.Oid, plan, others, cancellationToken).ConfigureAwait(false);
            ContentOutcome outcome = await new ContentComparer(plan, mine, yours, options.MaxDifferences).RunAsync(cancellationToken).ConfigureAwait(false);
            string[] texts = plan.IsStrict ? [] : [.. columns.Where(column => column.IsByText).Select(column => column.Name)];
            return ContentCheck.Judge(
                outcome, name, plan.IsStrict ? " by bytes" : texts.Length > 0 ? $" by value, {string.Join(", ", texts)} by text" : " by value",
                "Load the table again, or correct the rows; Differences of this result names them.");
        }
    }

    private static List<string> Apart(IReadOnlyList<ContentColumn> own, IReadOnlyList<ContentColumn> theirs)
    {
        List<string> apart = [];
        foreach (ContentColumn column in own)
        {
            ContentColumn? found = theirs.FirstOrDefault(one => one.Name == column.Name);
            if (found is null)
                apart.Add($"the reference has no column {column.Name}");
            else if (!column.Compares(found))
                apart.Add($"column {column.Name} is {column.Type} here and {found.Type} there");
        }

        apart.AddRange(theirs.Where(column => own.All(one => one.Name != column.Name)).Select(column => $"the table has no column {column.Name}"));
        return apart;
    }

    private async Task AgreeAsync(NpgsqlConnection there, PostgresSession other, CancellationToken cancellationToken)
    {
        string here = await ScalarAsync(connection).ConfigureAwait(false);
        string theirs = await ScalarAsync(there).ConfigureAwait(false);
        if (here != theirs)
        {
            throw new ContentUnknownException(
                $"the servers of {session.Name} and {other.Name} hash the same values differently (encoding and hash: {here}; {theirs})")
            { Remedy = "Compare with -Comparison Strict." };
        }

        async Task<string> ScalarAsync(NpgsqlConnection on)
        {
            using NpgsqlCommand command = new(Probe, on);
            return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private async Task<TableSide> SideAsync(
        NpgsqlConnection on, TableName name, string description, uint oid, ContentPlan plan, ContentParts by, CancellationToken cancellationToken)
    {
        checkpoint?.Describe(description, $"{plan} {await StateAsync(on, oid, cancellationToken).ConfigureAwait(false)}");
        IReadOnlyList<ExistingIndex> indexes = await ExistingIndex.ListAsync(on, oid, cancellationToken).ConfigureAwait(false);
        long? pages = await PagesAsync(on, oid, cancellationToken).ConfigureAwait(false);
        return new TableSide(name, description, pages, plan, by, checkpoint)
        {
            HasKeyIndex = plan.Key.Count > 0 && IndexChecks.Guard(indexes, [.. plan.KeyColumns.Select(column => column.Name)]) is not null,
        };
    }
}
