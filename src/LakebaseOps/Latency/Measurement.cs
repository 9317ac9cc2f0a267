using System.Globalization;
using System.Runtime.CompilerServices;
using LakebaseOps.Connections;
using LakebaseOps.Latency.Estimates;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Latency.Refreshing;
using LakebaseOps.Latency.Temperature;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using LakebaseOps.Serving.DynamoDb;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>A cell with its result.</summary>
/// <param name="Cell">What was counted.</param>
/// <param name="Result">What it comes to.</param>
internal sealed record Measured(LatencyCell Cell, LatencyResult Result);

/// <summary>
/// Measures the settings that were asked for, one after the other: each number of clients or rate with each distribution, all
/// modes of a setting side by side.
/// </summary>
internal sealed class Measurement(
    IOperationSink sink, LakebaseSession session, NpgsqlConnection control, FeatureStatements statements,
    IReadOnlyList<KeySpace> spaces, MeasureFeatureLatencyOptions options)
{
    /// <summary>Requests of a cell when nothing else ends it.</summary>
    public const long DefaultRequests = 5_000;

    private const double FirstRate = 100;
    // Connections of an open loop; more in flight wait for one, which PoolWait shows.
    private const int MostConnections = 32;
    private const int WarmUpClients = 4;

    // A trial of the search takes so long, or until it holds requests enough for a p99, and longer than the service level:
    // 3 % too much load adds 3 % of the trial's time to the last response.
    private static readonly TimeSpan TrialTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestTrial = TimeSpan.FromMinutes(1);
    private const double TrialRequests = 500;
    private const double TrialLevels = 40;

    private readonly double? _sla = options.SlaP99Ms ?? statements.Plan.SlaP99Ms;
    private int _setting;

    /// <summary>Measures every setting.</summary>
    public async IAsyncEnumerable<Measured> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<(int Clients, double? Rate)> loads = options.Rate.Count > 0
            ? options.Rate.Select(rate => (options.MaxInFlight, (double?)rate))
            : options.Clients.Select(clients => (clients, (double?)null));
        foreach ((int clients, double? rate) in loads)
        {
            FeatureReaders readers = await ReadersAsync(clients, rate, cancellationToken).ConfigureAwait(false);
            await using (readers.ConfigureAwait(false))
            {
                foreach (LatencySetting setting in
                    from distribution in options.Distribution
                    from refresh in options.RefreshRate.DefaultIfEmpty()
                    from state in options.CacheState.Select(state => (CacheTemperature?)state).DefaultIfEmpty()
                    select new LatencySetting(distribution, clients, rate, options.Duration, WarmsUp: true) { RefreshRate = refresh, Cache = state })
                {
                    foreach (Measured measured in await MeasureAsync(readers, BackendModes.All(options), setting, cancellationToken).ConfigureAwait(false))
                        yield return measured;
                }
            }
        }
    }

    /// <summary>Searches each mode's highest rate with each distribution.</summary>
    public async IAsyncEnumerable<Measured> FindRatesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_sla is not double sla)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "-FindRate needs a service level.")
            { Target = "FindRate", Remedy = "Give -SlaP99Ms, or a workload that holds one." }.ToException();
        }

        double start = options.Rate.Count > 0 ? options.Rate[0] : FirstRate;
        FeatureReaders readers = await ReadersAsync(options.MaxInFlight, start, cancellationToken).ConfigureAwait(false);
        await using (readers.ConfigureAwait(false))
        {
            foreach (KeyDistribution distribution in options.Distribution)
            {
                foreach (BackendMode side in BackendModes.All(options).Distinct())
                {
                    bool first = true;
                    (Measured best, RateSearchResult search) = await RateSearch.RunAsync(start, sla, async rate =>
                    {
                        TimeSpan time = TimeSpan.FromSeconds(
                            Math.Max((options.Duration ?? TrialTime).TotalSeconds, Math.Max(TrialRequests / rate, TrialLevels * sla / 1_000)));
                        LatencySetting setting = new(
                            distribution, options.MaxInFlight, rate, time < LongestTrial ? time : LongestTrial, WarmsUp: first)
                        { RefreshRate = options.RefreshRate is [var refresh, ..] ? refresh : 0 };
                        first = false;
                        Measured measured = (await MeasureAsync(readers, [side], setting, cancellationToken).ConfigureAwait(false))[0];
                        sink.Milestone(string.Create(CultureInfo.InvariantCulture,
                            $"{measured.Result.Name}: {rate:0.#} requests/s {RateSearch.Missed(measured.Result, sla) ?? "meets the service level"}"));
                        return (measured, measured.Result);
                    }).ConfigureAwait(false);
                    yield return best with { Result = best.Result with { RateSearch = search } };
                }
            }
        }
    }

    private async Task<FeatureReaders> ReadersAsync(int clients, double? rate, CancellationToken cancellationToken)
    {
        int size = options.PoolSize ?? (rate is null ? clients : Math.Min(clients, MostConnections));
        List<IFeatureReader> opened = [];
        FeatureReaders readers = new(opened);
        try
        {
            foreach (FeatureBackend backend in options.Backend.Distinct())
            {
                opened.Add(backend == FeatureBackend.PostgreSql
                    ? await FeaturePool.OpenAsync(PostgresSession.Of(session), statements, size, cancellationToken).ConfigureAwait(false)
                    : await DynamoReader.OpenAsync(new DynamoEndpoint(options.ServiceUrl, options.Region), options.TablePrefix, statements.Plan,
                        BackendModes.Of(backend, [.. options.Mode.Distinct()]), size, cancellationToken).ConfigureAwait(false));
            }

            return readers;
        }
        catch
        {
            await readers.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IReadOnlyList<Measured>> MeasureAsync(
        FeatureReaders readers, IEnumerable<BackendMode> sides, LatencySetting setting, CancellationToken cancellationToken)
    {
        FeaturePlan plan = statements.Plan;
        int number = _setting++;
        IReadOnlyList<KeySpace> keys = KeySpaceReader.Of(setting.Distribution, spaces, plan, options.KeyPath);
        string label = KeySampler.Label(setting.Distribution, options) + setting.State;
        string activity = string.Create(CultureInfo.InvariantCulture, $"Measuring {plan.Tables.Count} tables, {label}, {setting.Load}");
        long quota = options.Requests ?? DefaultRequests;
        int streams = 0;
        RequestStream Stream() => RequestStream.Of(keys, setting.Distribution, options, number, streams++, plan.Requests);

        ResponseAudit audit = new(plan, control);
        Loop loop = setting.Rate is double rate
            ? new OpenLoop([.. Enumerable.Range(0, setting.Clients).Select(_ => new FeatureClient(plan, keys, readers, audit))],
                LoopTime.Real, options.Arrival, rate, options.Seed + number, options.FindRate ? 1 : OpenLoop.UsualRounds)
            : new ClosedLoop(plan, keys, readers, audit, setting.Clients);
        // An open loop warms up in closed ones, as fast as the server answers: first every connection, then the path of a request.
        Loop warming = setting.Rate is null ? loop : new ClosedLoop(plan, keys, readers, audit, Math.Min(WarmUpClients, readers.Size));
        Loop every = setting.Rate is null ? loop : new ClosedLoop(plan, keys, readers, audit, readers.Size);
        List<LatencyCell> cells = [.. sides.Select(side => new LatencyCell(side.Mode, Stream(), quota, setting.Duration, options.Seed)
        {
            Backend = side.Backend,
            Open = setting.Rate is double offered ? new OpenLoopCounts(options.Arrival, offered, setting.Clients) : null,
        })];
        foreach (LatencyCell cell in cells)
        {
            if (setting.WarmsUp)
            {
                sink.Report(new OperationProgress(activity, $"{cell.Name}: warming up"));
                LatencyCell Window() => new(cell.Mode, Stream(), long.MaxValue, null, 0) { Backend = cell.Backend };
                long all = every == warming ? 0 : await WarmUp.AllAsync(every, Window(), options.WarmUpLimit, cancellationToken).ConfigureAwait(false);
                (long requests, string end) = await WarmUp.RunAsync(warming, Window, options.WarmUpLimit - all, cancellationToken).ConfigureAwait(false);
                cell.WarmUp = (all + requests, end);
                audit.Clear();
            }
            else
            {
                cell.WarmUp = (0, "warm from earlier trials");
            }
        }

        CellWatch watch = await CellWatch.OpenAsync(PostgresSession.Of(session), control, statements, readers, cancellationToken).ConfigureAwait(false);
        CacheMaker? cache = setting.Cache is { } state
            ? await CacheMaker.OpenAsync(PostgresSession.Of(session), statements, state, cancellationToken).ConfigureAwait(false) : null;
        MeasureFeatureLatencyOptions asked = options with { SlaP99Ms = _sla };
        List<Measured> measured = [];
        TimeEstimates? estimates = null;
        Refresher? refresher = null;
        try
        {
            estimates = await TimeEstimates.OpenAsync(PostgresSession.Of(session), statements, cells, cancellationToken).ConfigureAwait(false);
            LatencyRun run = new(loop, readers, audit, watch, estimates, cells, options.Seed + number, cache);
            if (setting.RefreshRate > 0)
                refresher = await Refresher.StartAsync(session, plan, setting.RefreshRate, cancellationToken).ConfigureAwait(false);
            await run.RunAsync(sink, activity, quota, setting.Duration, cancellationToken).ConfigureAwait(false);
            RefreshResult? refresh = refresher is null ? null : await refresher.StopAsync().ConfigureAwait(false);
            foreach (LatencyCell cell in cells)
            {
                int repeat = measured.Count(other => other.Cell.Name == cell.Name);
                LatencyResult result = LatencySummary.Of(
                    cell, plan.Tables.Count, run.Floors[cell.Backend], label, setting.Clients, asked, session.Name, refresh, repeat);
                measured.Add(new Measured(cell, result with { Estimates = await estimates.OfAsync(cell, result, cancellationToken).ConfigureAwait(false) }));
            }
        }
        finally
        {
            foreach (IAsyncDisposable opened in new IAsyncDisposable?[] { refresher, estimates, cache, watch }.OfType<IAsyncDisposable>())
                await opened.DisposeAsync().ConfigureAwait(false);
        }

        return measured;
    }

    /// <summary>One setting.</summary>
    private sealed record LatencySetting(KeyDistribution Distribution, int Clients, double? Rate, TimeSpan? Duration, bool WarmsUp)
    {
        /// <summary>Rows per second upserted meanwhile; 0 for none.</summary>
        public double RefreshRate { get; init; }

        /// <summary>The state of the cache; null for as it is.</summary>
        public CacheTemperature? Cache { get; init; }

        public string State => Cache is { } state ? $", {state.ToString().ToLowerInvariant()}" : "";

        public string Load => string.Create(CultureInfo.InvariantCulture, $"{(Rate is double rate ? $"{rate:0.#} requests/s" : $"{Clients} client(s)")}");
    }
}
