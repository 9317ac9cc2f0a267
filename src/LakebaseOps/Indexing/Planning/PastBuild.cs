using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>What the last build of a shape took on this server, in lakebase_ops.index_pace: the next is foretold from it.</summary>
/// <param name="Rows">Rows of its table.</param>
/// <param name="Workers">Parallel workers besides the leader.</param>
/// <param name="MemoryBytes">maintenance_work_mem.</param>
/// <param name="Concurrently">True beside others' writes.</param>
/// <param name="Seconds">Time it took, as if it had been the only one.</param>
internal sealed record PastBuild(double Rows, int Workers, long MemoryBytes, bool Concurrently, double Seconds)
{
    /// <summary>Shorter builds are over before anybody asks how long they take.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    // A table of another size may lie in another cache and merge in other passes.
    private const double MostGrowth = 4;

    private const string Table = "lakebase_ops.index_pace";

    /// <summary>True when it says something of a build of so many rows.</summary>
    public bool IsNear(double rows) => rows <= Rows * MostGrowth && rows >= Rows / MostGrowth;

    /// <summary>The last of each of some shapes; of those that were never built, or where the role may not read it, none.</summary>
    public static async Task<IReadOnlyDictionary<string, PastBuild>> ReadAsync(
        NpgsqlConnection connection, IEnumerable<string> shapes, CancellationToken cancellationToken)
    {
        Dictionary<string, PastBuild> past = [];
        if (await MayReadAsync(connection, cancellationToken).ConfigureAwait(false) is not true)
            return past;
        using NpgsqlCommand command = new(
            $"SELECT shape, table_rows, workers, memory_bytes, beside_writes, seconds FROM {Table} WHERE shape = ANY ($1)", connection)
        { Parameters = { new() { Value = shapes.ToArray() } } };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                past.Add(row.GetString(0), new PastBuild(row.GetDouble(1), row.GetInt32(2), row.GetInt64(3), row.GetBoolean(4), row.GetDouble(5)));
        }

        return past;
    }

    /// <summary>Notes it as the last of its shape.</summary>
    public async Task RecordAsync(NpgsqlConnection connection, string shape, CancellationToken cancellationToken)
    {
        if (await MayReadAsync(connection, cancellationToken).ConfigureAwait(false) is null)
            await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand command = new(
            $"""
            INSERT INTO {Table} (shape, table_rows, workers, memory_bytes, beside_writes, seconds) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (shape) DO UPDATE
            SET table_rows = excluded.table_rows, workers = excluded.workers, memory_bytes = excluded.memory_bytes,
                beside_writes = excluded.beside_writes, seconds = excluded.seconds, built_at = excluded.built_at
            """, connection)
        {
            Parameters =
            {
                new() { Value = shape }, new() { Value = Rows }, new() { Value = Workers }, new() { Value = MemoryBytes },
                new() { Value = Concurrently }, new() { Value = Seconds },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    // Null where there is no such table.
    private static async Task<bool?> MayReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') FROM pg_class c "
            + "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'lakebase_ops' AND c.relname = 'index_pace'", connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as bool?;
    }

    private static async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand create = new(
            $"""
            {IndexLedger.Schema}
            CREATE TABLE IF NOT EXISTS {Table} (
                shape text PRIMARY KEY,
                table_rows float8 NOT NULL,
                workers int NOT NULL,
                memory_bytes bigint NOT NULL,
                beside_writes bool NOT NULL,
                seconds float8 NOT NULL,
                built_at timestamptz NOT NULL DEFAULT clock_timestamp());
            COMMENT ON TABLE {Table} IS 'What the last index build of each shape of key and table took; plans and progress foretell the next from it. May be emptied.';
            """, connection);
        await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
