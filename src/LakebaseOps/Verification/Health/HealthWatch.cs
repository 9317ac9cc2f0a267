using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LakebaseOps.Verification.Health;

/// <summary>
/// What is read of some tables within a while: differences of the server's counters, which are never reset. Counts of the
/// last second may be missing: sessions hand theirs over about once a second.
/// </summary>
internal sealed class HealthWatch
{
    private const long Megabyte = 1 << 20;
    private const long LeastBlocks = 100;

    private const string Query =
        """
        SELECT n.nspname, c.relname, pg_relation_size(c.oid),
               coalesce(pg_stat_get_numscans(c.oid), 0),
               pg_stat_get_blocks_fetched(c.oid) + coalesce(i.fetched, 0),
               pg_stat_get_blocks_hit(c.oid) + coalesce(i.hit, 0)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN unnest($1, $2) AS wanted (schema, name) ON n.nspname = wanted.schema AND c.relname = wanted.name
        LEFT JOIN LATERAL (
            SELECT sum(pg_stat_get_blocks_fetched(indexrelid))::bigint AS fetched, sum(pg_stat_get_blocks_hit(indexrelid))::bigint AS hit
            FROM pg_index WHERE indrelid = c.oid) i ON true
        """;

    private readonly NpgsqlConnection _connection;
    private readonly IReadOnlyList<TableName> _tables;
    private readonly long _start = Stopwatch.GetTimestamp();
    private Dictionary<string, Counts> _before = [];
    private Dictionary<string, Counts> _spent = [];
    private TimeSpan _length;

    private HealthWatch(NpgsqlConnection connection, IReadOnlyList<TableName> tables) => (_connection, _tables) = (connection, tables);

    /// <summary>Time since the beginning.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>True for what takes a while to see.</summary>
    public static bool IsWatched(HealthCheckKind kind) => kind is HealthCheckKind.HitRatio or HealthCheckKind.SequentialScans;

    /// <summary>Begins to watch.</summary>
    public static async Task<HealthWatch> BeginAsync(
        NpgsqlConnection connection, IReadOnlyList<TableName> tables, CancellationToken cancellationToken)
    {
        HealthWatch watch = new(connection, tables);
        watch._before = await watch.ReadAsync(cancellationToken).ConfigureAwait(false);
        return watch;
    }

    /// <summary>Takes the difference.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, Counts> now = await ReadAsync(cancellationToken).ConfigureAwait(false);
        _length = Elapsed;
        _spent = now.Where(one => _before.ContainsKey(one.Key)).ToDictionary(one => one.Key, one => one.Value - _before[one.Key]);
    }

    /// <summary>What it amounts to.</summary>
    public IReadOnlyList<(string Target, Finding Finding)> Judge(HealthCheckKind kind, HealthOptions options) =>
        kind == HealthCheckKind.HitRatio ? [(HealthChecks.Server, Hits(options))] : [.. Scans(options)];

    private Finding Hits(HealthOptions options)
    {
        long fetched = _spent.Values.Sum(one => one.Fetched);
        long hit = _spent.Values.Sum(one => one.Hit);
        if (fetched < LeastBlocks)
            return Finding.Skip(string.Create(CultureInfo.InvariantCulture, $"{fetched} blocks were read in {_length.TotalSeconds:0.#} s: too few to say"), "Look while the tables are read.");
        double share = (double)hit / fetched;
        return Finding.Prefer(
            share >= options.MinHitShare, $"at least {CatalogChecks.Share(options.MinHitShare)} of the blocks in shared buffers",
            string.Create(CultureInfo.InvariantCulture, $"{CatalogChecks.Share(share)} of {fetched:N0} in {_length.TotalSeconds:0.#} s"),
            "Warm the cache with Initialize-LakebaseCache; if the indexes do not fit, take a larger compute.");
    }

    private IEnumerable<(string Target, Finding Finding)> Scans(HealthOptions options)
    {
        (string Table, Counts Spent)[] many = [.. _spent.Where(one => one.Value.Bytes >= Megabyte && one.Value.Scans > options.MaxSequentialScans).Select(one => (one.Key, one.Value))];
        string expected = string.Create(CultureInfo.InvariantCulture, $"at most {options.MaxSequentialScans} in {_length.TotalSeconds:0.#} s");
        if (many.Length == 0)
            yield return (HealthChecks.Server, Finding.Prefer(true, expected, string.Create(CultureInfo.InvariantCulture, $"no more of {_spent.Count} tables"), ""));
        foreach ((string table, Counts spent) in many)
        {
            yield return (table, Finding.Prefer(false, expected, CatalogChecks.Count(spent.Scans),
                "Find the statement in pg_stat_statements: an index is missing or invalid (Test-LakebaseTable), or the key is compared as another type."));
        }
    }

    private async Task<Dictionary<string, Counts>> ReadAsync(CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(Query, _connection);
        HealthChecks.Bind(command, _tables);
        Dictionary<string, Counts> counts = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                counts[new TableName(row.GetString(0), row.GetString(1)).ToString()] =
                    new Counts(row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5));
            }
        }

        return counts;
    }

    private readonly record struct Counts(long Bytes, long Scans, long Fetched, long Hit)
    {
        public static Counts operator -(Counts after, Counts before) =>
            new(after.Bytes, after.Scans - before.Scans, after.Fetched - before.Fetched, after.Hit - before.Hit);
    }
}
