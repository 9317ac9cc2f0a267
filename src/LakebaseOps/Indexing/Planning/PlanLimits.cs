using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Space;
using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>What all builds together may take of the server.</summary>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="Workers">Parallel workers.</param>
/// <param name="Builds">Builds at once, by the connections that are left.</param>
/// <param name="TempBytes">Temporary files; null when nobody knows.</param>
/// <param name="Reason">Where the figures are from.</param>
internal sealed record PlanLimits(long MemoryBytes, int Workers, int Builds, long? TempBytes, string Reason)
{
    private const int MostBuilds = 8;
    private const long Megabyte = 1 << 20;

    // One for the builds' progress, and some for everybody else.
    private const int Kept = 4;

    /// <summary>True where others are at work beside: what is known of an idle server, as what a worker gains, does not hold.</summary>
    public bool IsShared { get; init; }

    /// <summary>The part of one of some builds that run at the same time and know nothing of each other.</summary>
    public PlanLimits Among(int builds) => builds < 2 ? this : this with
    {
        MemoryBytes = MemoryBytes / builds,
        Workers = Workers / builds,
        TempBytes = TempBytes / builds,
        IsShared = true,
        Reason = string.Create(CultureInfo.InvariantCulture, $"{Reason}; of these one part in {builds}, for others are at work beside it"),
    };

    /// <summary>Asks the server.</summary>
    public static async Task<PlanLimits> ReadAsync(
        PostgresSession session, NpgsqlConnection connection, BuildIndexOptions options, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT greatest(pg_size_bytes(current_setting('effective_cache_size')) / 4, pg_size_bytes(current_setting('maintenance_work_mem'))),
                   least(current_setting('max_parallel_workers')::int, current_setting('max_worker_processes')::int),
                   least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                           - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
                         CASE WHEN d.datconnlimit < 0 THEN 100000 ELSE d.datconnlimit - (SELECT numbackends FROM pg_stat_database WHERE datid = d.oid) END,
                         CASE WHEN r.rolconnlimit < 0 THEN 100000
                              ELSE r.rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END)::int,
                   (SELECT CASE WHEN setting::bigint >= 0 THEN setting::bigint * 1024 END FROM pg_settings WHERE name = 'temp_file_limit')
            FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user
            """, connection);
        long memory;
        int workers;
        int connections;
        long? temp;
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            (memory, workers, connections, temp) = (row.GetInt64(0), row.GetInt32(1), row.GetInt32(2), row.IsDBNull(3) ? null : row.GetInt64(3));
        }

        ServerSpace space = await ServerSpace.ReadAsync(session, connection, cancellationToken).ConfigureAwait(false);
        // The disk of a branch of Lakebase is not the small one on which its compute sorts.
        long? free = ConnectionSettings.IsDatabricks(session.Host) ? null : space.FreeBytes;
        string where = options.MaxTempBytes is not null ? "as asked for" : temp is not null ? "temp_file_limit" : free is not null ? space.Basis : "";
        long? most = options.MaxTempBytes ?? temp ?? free;
        memory = options.MaxMemoryBytes ?? memory;
        int builds = Math.Clamp((connections - Kept) / 2, 1, options.ThrottleLimit ?? MostBuilds);
        return new PlanLimits(memory, workers, builds, most, string.Create(CultureInfo.InvariantCulture,
            $"{memory / Megabyte:N0} MB of memory ({(options.MaxMemoryBytes is null ? "a quarter of effective_cache_size" : "as asked for")}), ")
            + $"{workers} parallel workers, {connections} connections left, temporary files "
            + (most is long bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / Megabyte:N0} MB ({where})") : "not known"));
    }
}
