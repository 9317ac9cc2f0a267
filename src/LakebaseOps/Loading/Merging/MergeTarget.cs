using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Merging;

/// <summary>
/// Sends the rows of a chunk to a temporary table of the connection, then merges them into the table in the same transaction.
/// Of rows with the same key only one is merged: the newest, else the last. They are merged in the order of their keys, so
/// that streams wait for each other rather than lock each other out.
/// </summary>
internal sealed class MergeTarget : ChunkTarget
{
    private static readonly TableName Temporary = new("pg_temp", "lakebase_ops_chunk");

    /// <summary>
    /// What a row must fulfil by itself is checked as it arrives, where its place in the input is known: $1 the table, $2 the columns
    /// of the input, $3 the temporary table.
    /// </summary>
    private const string ChecksSql =
        """
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', $3, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE conrelid = $1::regclass AND contype = 'c' AND conkey <@ ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = ANY($2))
        UNION ALL
        SELECT format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', $3, attname) FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnotnull AND NOT attisdropped AND attname = ANY($2)
        """;

    private readonly string _prepare;
    private readonly string? _insert;
    private readonly string _merge;

    public MergeTarget(LoadPlan plan, LoadMerge merge)
        : base(plan)
    {
        string columns = Columns(plan);
        string place = Place(plan);
        // Nothing but the number says in which order rows came: pages are not filled in order.
        _prepare = $"""
            DROP TABLE IF EXISTS {Temporary.ToSql()};
            CREATE TEMPORARY TABLE {TableName.Quote(Temporary.Name)} ON COMMIT DELETE ROWS AS SELECT {columns} FROM {plan.Table.ToSql()} WITH NO DATA;
            ALTER TABLE {Temporary.ToSql()} ADD COLUMN {place} bigint GENERATED ALWAYS AS IDENTITY (CACHE 10000)
            """
            // NULL is equal to nothing: such rows would be added again with every load.
            + string.Concat(merge.Keys.Select(key => $"; ALTER TABLE {Temporary.ToSql()} ALTER COLUMN {TableName.Quote(key)} SET NOT NULL"));
        string keys = string.Join(", ", merge.Keys.Select(TableName.Quote));
        string rows = merge switch
        {
            { Keys.Count: 0 } => $"SELECT {columns} FROM {Temporary.ToSql()} ORDER BY {place}",
            // What is ignored when it is there already is ignored when it comes again: the first stays.
            { Updates.Count: 0 } => $"SELECT DISTINCT ON ({keys}) {columns} FROM {Temporary.ToSql()} ORDER BY {keys}, {place}",
            { Version: null } => $"SELECT DISTINCT ON ({keys}) {columns} FROM {Temporary.ToSql()} ORDER BY {keys}, {place} DESC",
            _ => $"SELECT DISTINCT ON ({keys}) {columns} FROM {Temporary.ToSql()} "
                + $"ORDER BY {keys}, {TableName.Quote(merge.Version)} DESC NULLS LAST, {place} DESC",
        };
        string conflict = merge.Keys.Count == 0 ? "" : $" ({keys})";
        string action = merge.Updates.Count == 0
            ? "DO NOTHING"
            : $"DO UPDATE SET {string.Join(", ", merge.Updates.Select(TableName.Quote).Select(column => $"{column} = excluded.{column}"))}";
        if (merge.Version is not null && merge.Updates.Count > 0)
        {
            string version = TableName.Quote(merge.Version);
            action += $" WHERE excluded.{version} > present.{version} OR (present.{version} IS NULL AND excluded.{version} IS NOT NULL)";
        }

        string insert = $"INSERT INTO {plan.Table.ToSql()} AS present ({columns}){(merge.OverridesIdentity ? " OVERRIDING SYSTEM VALUE" : "")} {rows} ON CONFLICT{conflict}";
        if (merge is { IsPartitioned: true, Updates.Count: > 0 })
        {
            // New rows go in first, on their own; whatever is left then was there.
            string same = string.Join(" AND ", merge.Keys.Select(TableName.Quote).Select(key => $"sent.{key} = fresh.{key}"));
            _insert = $"""
                WITH fresh AS ({insert} DO NOTHING RETURNING {string.Join(", ", merge.Keys.Select(key => $"present.{TableName.Quote(key)}"))}),
                gone AS (DELETE FROM {Temporary.ToSql()} sent USING fresh WHERE {same})
                SELECT count(*), 0::bigint FROM fresh
                """;
        }

        // A row that was updated carries the lock that was taken for it, a row that was inserted does not. Of rows that are left
        // alone nothing is returned.
        string isNew = merge.Updates.Count == 0 ? "true" : merge.IsPartitioned ? "false" : "present.xmax = 0";
        _merge = $"""
            WITH merged AS ({insert} {action} RETURNING {isNew} AS is_new)
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
            """;
    }

    /// <inheritdoc />
    public override string Table => Temporary.ToSql();

    /// <inheritdoc />
    public override async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using (NpgsqlCommand command = new(_prepare, connection))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        foreach (string check in await ChecksAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            using NpgsqlCommand command = new(check, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public override async Task<LoadedChunk> MergeAsync(NpgsqlConnection connection, LoadedChunk chunk, CancellationToken cancellationToken)
    {
        if (_insert is not null)
            chunk = await AddAsync(connection, _insert, chunk, cancellationToken).ConfigureAwait(false);
        return await AddAsync(connection, _merge, chunk, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<LoadedChunk> AddAsync(
        NpgsqlConnection connection, string statement, LoadedChunk chunk, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(statement, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return chunk with { Inserted = chunk.Inserted + row.GetInt64(0), Updated = chunk.Updated + row.GetInt64(1) };
        }
    }

    private async Task<IReadOnlyList<string>> ChecksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> checks = [];
        using NpgsqlCommand command = new(ChecksSql, connection)
        {
            Parameters =
            {
                new() { Value = Plan.Table.ToSql(), NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = Plan.Source.Columns.Select(column => column.Name).ToArray() },
                new() { Value = Temporary.ToSql() },
            },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                checks.Add(row.GetString(0));
        }

        return checks;
    }

    /// <summary>A name for the column of row numbers that no column of the input has.</summary>
    private static string Place(LoadPlan plan)
    {
        string name = "place";
        while (plan.Source.Columns.Any(column => column.Name == name))
            name += "_";
        return TableName.Quote(name);
    }
}
