using System.Collections.Concurrent;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency.Auditing;

/// <summary>
/// Looks at what the sessions of a measurement are doing, on a connection of its own, some times a second. A measurement goes on
/// without it where looking fails.
/// </summary>
internal sealed class WaitSampler(NpgsqlConnection connection)
{
    /// <summary>The name that autovacuum workers are counted under.</summary>
    public const string Autovacuum = "autovacuum";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // The function behind pg_stat_activity, without that view's joins, read once: on a small server looking would otherwise take
    // 2 ms of a processor each time, and requests would wait for it.
    private const string Query =
        """
        SELECT CASE WHEN application_name = $1 THEN coalesce(wait_event_type || '|' || wait_event, 'CPU|') ELSE 'autovacuum' END, count(*)
        FROM pg_stat_get_activity(NULL)
        WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (application_name = $1 AND state = 'active' OR backend_type = 'autovacuum worker')
        GROUP BY 1
        """;

    /// <summary>Looks until it is told to stop.</summary>
    /// <param name="seen">Takes what was seen: type and event with a bar between, and how often.</param>
    /// <param name="cancellationToken">Stops it; that is no error.</param>
    /// <returns>Times it looked.</returns>
    public async Task<long> RunAsync(ConcurrentDictionary<string, long> seen, CancellationToken cancellationToken)
    {
        long samples = 0;
        try
        {
            using NpgsqlCommand command = new(Query, connection) { Parameters = { new() { Value = FeaturePool.ApplicationName } } };
            await command.PrepareAsync(CancellationToken.None).ConfigureAwait(false);
            while (!cancellationToken.IsCancellationRequested)
            {
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
                    {
                        (string name, long count) = (reader.GetString(0), reader.GetInt64(1));
                        seen.AddOrUpdate(name, count, (_, before) => before + count);
                    }
                }

                samples++;
                await Task.Delay(Interval, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The block is over.
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            // Whoever looks at the samples sees how many there are; a server that is gone shows in the requests.
        }

        return samples;
    }
}
