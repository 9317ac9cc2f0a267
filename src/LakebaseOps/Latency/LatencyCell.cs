using System.Diagnostics;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Latency.Estimates;
using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>
/// Everything counted and timed for one mode of a backend with one distribution and one number of clients. Thread-safe.
/// </summary>
internal sealed class LatencyCell(FeatureMode mode, RequestStream requests, long quota, TimeSpan? duration, long seed)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly double[] _partSums = new double[RequestClock.Parts];
    private readonly long[] _partCounts = new long[RequestClock.Parts];
    private long _next;
    private long _secondAt;

    /// <summary>How the rows are fetched.</summary>
    public FeatureMode Mode => mode;

    /// <summary>Where they are fetched from.</summary>
    public FeatureBackend Backend { get; init; }

    /// <summary>What it is called in messages.</summary>
    public string Name => LatencyResult.NameOf(Backend, Mode);

    /// <summary>Its requests by number.</summary>
    public RequestStream Requests => requests;

    /// <summary>Response times, nanoseconds.</summary>
    public LatencySeries Response { get; } = new("");

    /// <summary>From sending to the end of the answer, nanoseconds; an open loop's only.</summary>
    public LatencySeries Service { get; } = new("service");

    /// <summary>From the intended begin to sending, nanoseconds; an open loop's only.</summary>
    public LatencySeries Lag { get; } = new("lag");

    /// <summary>Every series that the interval log gets.</summary>
    public IReadOnlyList<LatencySeries> Series => Open is null ? [Response] : [Response, Service, Lag];

    /// <summary>The open loop it is sent by; null for a closed one.</summary>
    public OpenLoopCounts? Open { get; init; }

    /// <summary>The clock it is timed by.</summary>
    public LoopTime Time { get; init; } = LoopTime.Real;

    /// <summary>Response times of every request, nanoseconds.</summary>
    public LatencyHistogram Histogram => Response.All;

    /// <summary>The rounds it was measured in.</summary>
    public LatencyRounds Rounds { get; } = new();

    /// <summary>The times in order.</summary>
    public LatencyTrail Trail { get; } = new();

    /// <summary>Samples for the breakdown.</summary>
    public SampleStore Samples { get; } = new(seed);

    /// <summary>Failures by SQLSTATE or exception.</summary>
    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>Requests begun.</summary>
    public long Begun => Volatile.Read(ref _next);

    /// <summary>Lookups that were asked for: one for each table of each request.</summary>
    public long Lookups { get; private set; }

    /// <summary>Rows that came back.</summary>
    public long Rows { get; private set; }

    /// <summary>Times a request turned from sending to waiting.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>Times a request asked again for what an answer had left out.</summary>
    public long Retries { get; private set; }

    /// <summary>Responses that were not what was asked for.</summary>
    public long Wrong { get; private set; }

    /// <summary>What was wrong with the first of them.</summary>
    public string? FirstFault { get; private set; }

    /// <summary>Largest difference between a total and the sum of its parts, microseconds.</summary>
    public double LargestResidualUs { get; private set; }

    /// <summary>What the blocks of this cell cost, added up.</summary>
    public BlockCosts Costs { get; set; }

    /// <summary>What shows the state of the cache that its blocks began in.</summary>
    public CacheEvidence? Cache { get; set; }

    /// <summary>What client and server did meanwhile.</summary>
    public CellLoad Load { get; } = new();

    /// <summary>Responses compared with those of single queries.</summary>
    public long Audited { get; set; }

    /// <summary>When the first block began.</summary>
    public (DateTimeOffset Utc, long Timestamp)? Started { get; private set; }

    /// <summary>What the server counted of its statements during its blocks.</summary>
    public StatementTotals Statements { get; set; }

    /// <summary>What the warm-up came to.</summary>
    public (long Requests, string End) WarmUp { get; set; } = (0, "none");

    /// <summary>True when all its requests are done.</summary>
    public bool IsDone => duration is TimeSpan wanted ? Costs.Wall >= wanted : Begun >= quota;

    /// <summary>Requests that it still needs; without a bound when time ends it.</summary>
    public long Remaining => duration is null ? Math.Max(0, quota - Begun) : long.MaxValue;

    /// <summary>Requests or time done, 0 to 1.</summary>
    public double Progress => Math.Min(1, duration is TimeSpan wanted ? Costs.Wall / wanted : (double)Begun / quota);

    /// <summary>The number of the next request, or -1 when the cell needs no more.</summary>
    public long Take()
    {
        if (duration is null && Begun >= quota)
            return -1;
        long number = Interlocked.Increment(ref _next) - 1;
        return duration is null && number >= quota ? -1 : number;
    }

    /// <summary>Begins the timed part, once.</summary>
    public void Start()
    {
        if (Started is not null)
            return;
        Started = (DateTimeOffset.UtcNow, Time.Now);
        _secondAt = Started.Value.Timestamp;
    }

    /// <summary>Books a request that came back.</summary>
    public void Record(long number, RequestClock clock, long total, RequestOutcome outcome)
    {
        LatencySample sample = new(number, clock, total);
        lock (_gate)
        {
            CloseSeconds(clock.Started + total);
            long nanoseconds = (long)(sample.TotalUs * 1_000);
            Response.Record(nanoseconds);
            if (Open is not null)
            {
                long lag = clock.Ticks[(int)RequestPart.Lag];
                Open.Lag(lag);
                Lag.Record((long)Stopwatch.GetElapsedTime(0, lag).TotalNanoseconds);
                Service.Record((long)Stopwatch.GetElapsedTime(0, total - lag).TotalNanoseconds);
            }

            Rounds.Record(nanoseconds);
            Trail.Record(nanoseconds);
            Samples.Add(sample);
            double sum = 0;
            for (int part = 0; part < RequestClock.Parts; part++)
            {
                double microseconds = sample.PartUs(part);
                _partSums[part] += microseconds;
                _partCounts[part] += microseconds > 0 ? 1 : 0;
                sum += microseconds;
            }

            LargestResidualUs = Math.Max(LargestResidualUs, Math.Abs(sample.TotalUs - sum));
            Lookups += outcome.Lookups;
            Rows += outcome.Rows;
            RoundTrips += clock.RoundTrips;
            Retries += clock.Retries;
            if (outcome.Fault is not null)
                Mistrust(outcome.Fault.Message);
        }
    }

    /// <summary>Books a wrong response.</summary>
    public void Mistrust(string fault)
    {
        lock (_gate)
        {
            Wrong++;
            FirstFault ??= fault;
        }
    }

    /// <summary>Books a request that failed; it is no sample.</summary>
    public void RecordError(string code)
    {
        lock (_gate)
            _errors[code] = _errors.GetValueOrDefault(code) + 1;
    }

    /// <summary>Mean of a part over all requests, microseconds.</summary>
    public double MeanUs(int part) => Histogram.Count == 0 ? 0 : _partSums[part] / Histogram.Count;

    /// <summary>Requests that spent any time on a part.</summary>
    public long Having(int part) => _partCounts[part];

    /// <summary>Median and p99 of the second in hand (of all so far when nothing came in it), and all failures.</summary>
    public (long P50, long P99, long Errors) Latest()
    {
        lock (_gate)
        {
            LatencyHistogram latest = Response.Second.Count > 0 ? Response.Second : Response.All;
            return (latest.ValueAt(0.5), latest.ValueAt(0.99), _errors.Values.Sum());
        }
    }

    /// <summary>Seconds since the timed part began at which a request began.</summary>
    public double SecondsOf(LatencySample sample) => Stopwatch.GetElapsedTime(Started!.Value.Timestamp, sample.Started).TotalSeconds;

    /// <summary>Ends a block: its round, and encodes the seconds that ended.</summary>
    public void EndBlock()
    {
        Rounds.End();
        Seal();
    }

    /// <summary>Ends the second that is still open.</summary>
    public void Finish()
    {
        EndSecond(Math.Min(1, Stopwatch.GetElapsedTime(_secondAt, Time.Now).TotalSeconds));
        Seal();
    }

    private void CloseSeconds(long now)
    {
        while (now - _secondAt >= Stopwatch.Frequency)
        {
            // Seconds that other modes had for themselves leave no entry.
            EndSecond(1);
            _secondAt += Stopwatch.Frequency;
        }
    }

    private void EndSecond(double seconds)
    {
        foreach (LatencySeries series in Series)
            series.EndSecond(Stopwatch.GetElapsedTime(Started!.Value.Timestamp, _secondAt).TotalSeconds, seconds);
    }

    private void Seal()
    {
        foreach (LatencySeries series in Series)
            series.Seal();
    }
}

/// <summary>What the timed blocks of a cell cost beside the requests' own times.</summary>
/// <param name="Wall">Wall time.</param>
/// <param name="Pauses">Time the collector stopped the process.</param>
/// <param name="AllocatedBytes">Bytes allocated by the process.</param>
/// <param name="Collections0">Generation 0 collections.</param>
/// <param name="Collections1">Generation 1 collections.</param>
/// <param name="Collections2">Generation 2 collections.</param>
internal readonly record struct BlockCosts(
    TimeSpan Wall, TimeSpan Pauses, long AllocatedBytes, int Collections0, int Collections1, int Collections2)
{
    /// <summary>The process's own costs so far.</summary>
    public static BlockCosts Now() => new(
        TimeSpan.FromSeconds((double)Stopwatch.GetTimestamp() / Stopwatch.Frequency), GC.GetTotalPauseDuration(),
            GC.GetTotalAllocatedBytes(),
        GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));

    public static BlockCosts operator +(BlockCosts left, BlockCosts right) => new(
        left.Wall + right.Wall, left.Pauses + right.Pauses, left.AllocatedBytes + right.AllocatedBytes,
        left.Collections0 + right.Collections0, left.Collections1 + right.Collections1,
            left.Collections2 + right.Collections2);

    public static BlockCosts operator -(BlockCosts left, BlockCosts right) => new(
        left.Wall - right.Wall, left.Pauses - right.Pauses, left.AllocatedBytes - right.AllocatedBytes,
        left.Collections0 - right.Collections0, left.Collections1 - right.Collections1,
            left.Collections2 - right.Collections2);
}
