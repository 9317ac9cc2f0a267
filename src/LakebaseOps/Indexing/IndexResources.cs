using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>Workers and memory of one build, and why.</summary>
/// <param name="Workers">Parallel workers besides the leader.</param>
/// <param name="MemoryBytes">maintenance_work_mem, which bounds the whole build.</param>
/// <param name="Reason">Why, in one sentence.</param>
internal sealed record IndexResources(int Workers, long MemoryBytes, string Reason)
{
    /// <summary>True when the server shall not take away workers from a table because it is small.</summary>
    public bool AnySize { get; init; }

    private const long Megabyte = 1024 * 1024;
    private const long Gigabyte = 1024 * Megabyte;

    // One merge pass with 64 MB covers about 15 GB, and what a pass covers grows with the square of the memory. More than
    // that is not faster: a quicksort that leaves the processor's cache is slower than a merge that does not.
    private const long LeastMemory = 64 * Megabyte;
    private const long MostMemory = Gigabyte;
    private const double BytesPerPass = 15.0 * Gigabyte;

    // PostgreSQL takes away workers until each participant has this much.
    private const long MemoryPerParticipant = 32 * Megabyte;

    /// <summary>Reads the table's size and the server's limits, then chooses.</summary>
    public static async Task<IndexResources> ChooseAsync(
        NpgsqlConnection connection, uint table, IndexBuildSettings settings, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT pg_table_size(@table), current_setting('max_parallel_workers')::int, current_setting('max_parallel_maintenance_workers')::int, "
            + "pg_size_bytes(current_setting('maintenance_work_mem'))", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, table);
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (settings.ServerSettings)
                return new IndexResources(settings.Workers ?? reader.GetInt32(2), settings.MemoryBytes ?? reader.GetInt64(3), "the server's own settings");
            IndexResources chosen = Choose(reader.GetInt64(0), reader.GetInt32(1), settings);
            // The plan has measured that this many pay, whatever the server thinks of the table's size.
            return settings.Reason is null ? chosen : chosen with { Reason = settings.Reason, AnySize = chosen.Workers > 0 };
        }
    }

    /// <summary>The choice itself.</summary>
    /// <param name="heapBytes">Size of the table.</param>
    /// <param name="serverWorkers">The server's max_parallel_workers.</param>
    /// <param name="settings">What the caller insists on.</param>
    public static IndexResources Choose(long heapBytes, int serverWorkers, IndexBuildSettings settings)
    {
        int share = serverWorkers / Math.Max(1, settings.Concurrency);
        int workers = settings.Workers ?? heapBytes switch
        {
            < 16 * Megabyte => 0,
            < Gigabyte => Math.Min(1, share),
            _ => Math.Clamp(share / 2, Math.Min(1, share), 6),
        };
        double passes = Math.Sqrt(heapBytes / BytesPerPass);
        long memory = settings.MemoryBytes ?? Math.Min(
            MostMemory, Math.Max((long)(LeastMemory * Math.Max(1, passes)), MemoryPerParticipant * (workers + 1)));
        memory = Math.Max(memory, Megabyte);
        string why = $"{heapBytes / Megabyte:N0} MB table, {serverWorkers} parallel workers on the server, "
            + $"{settings.Concurrency} build(s) at once: {workers} worker(s) and {memory / Megabyte:N0} MB in all";
        return new IndexResources(workers, memory, why);
    }
}
