namespace LakebaseOps.Latency;

/// <summary>
/// Detects the end of warming up: windows of at least 100 requests and 100 ms; it ends when the median of the last four
/// windows' medians differs by less than 5 % from that of the four before. Compiled code, plans and caches have
/// settled then.
/// </summary>
internal static class WarmUp
{
    private const int WindowRequests = 100;
    private const int Windows = 4;
    private const int ConnectionRequests = 10;
    private const double Tolerance = 0.05;

    private static readonly TimeSpan WindowTime = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Has every connection answer some requests: the server plans its statements, and makes its caches of the tables, for each connection
    /// anew. A request that meets one that has not is slow, holds up those behind it, and they meet the next.
    /// </summary>
    /// <param name="loop">As many clients as connections.</param>
    /// <param name="cell">Takes what is measured.</param>
    /// <param name="limit">Requests at most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Requests sent.</returns>
    public static async Task<long> AllAsync(Loop loop, LatencyCell cell, long limit, CancellationToken cancellationToken)
    {
        cell.Start();
        await loop.RunAsync(cell, Math.Min(limit, (long)ConnectionRequests * loop.Clients), TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
        return cell.Begun;
    }

    /// <summary>Warms one mode up.</summary>
    /// <param name="loop">The clients.</param>
    /// <param name="window">Makes a cell for one window of the mode's warm-up requests.</param>
    /// <param name="limit">Requests at most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Requests sent, and "stable", "limit reached" or "none".</returns>
    public static async Task<(long Requests, string End)> RunAsync(
        Loop loop, Func<LatencyCell> window, long limit, CancellationToken cancellationToken)
    {
        List<long> medians = [];
        long sent = 0;
        while (sent < limit)
        {
            LatencyCell cell = window();
            cell.Start();
            long started = Environment.TickCount64;
            do
            {
                long requests = Math.Min(WindowRequests * (long)loop.Clients, limit - sent - cell.Begun);
                await loop.RunAsync(cell, requests, TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
            }
            while (Environment.TickCount64 - started < WindowTime.TotalMilliseconds && sent + cell.Begun < limit);
            sent += cell.Begun;
            medians.Add(cell.Histogram.ValueAt(0.5));
            if (IsStable(medians))
                return (sent, "stable");
        }

        return (sent, limit > 0 ? "limit reached" : "none");
    }

    /// <summary>True when the last windows' medians have stopped moving.</summary>
    internal static bool IsStable(IReadOnlyList<long> medians)
    {
        if (medians.Count < 2 * Windows)
            return false;
        double last = Middle(medians.Skip(medians.Count - Windows));
        double before = Middle(medians.Skip(medians.Count - (2 * Windows)).Take(Windows));
        return Math.Abs(last - before) < Tolerance * before;
    }

    private static double Middle(IEnumerable<long> values)
    {
        long[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
