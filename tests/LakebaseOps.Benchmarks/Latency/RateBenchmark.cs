using System.Globalization;
using LakebaseOps.Benchmarks.Serving;
using LakebaseOps.Latency;

namespace LakebaseOps.Benchmarks.Latency;

/// <summary>
/// How true the open loop is: how late its requests begin, and whether its search for the highest rate that meets a service
/// level ends where trying every rate ends.
/// </summary>
internal sealed class RateBenchmark : Benchmark
{
    private const double LagRate = 2_000;
    private const double MostLagMs = 0.1;
    private const int InFlight = 16;
    private const double First = 500;
    private const double Step = 1.03;

    /// <inheritdoc />
    public override string Name => "rate";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        (int rounds, double lagSeconds, int searches, double trialSeconds) = options.Quick ? (3, 3.0, 1, 4.0) : (10, 10.0, 3, 4.0);
        await using ServeServer server = await ServeServer.StartAsync(options.Settings, (long)((options.Quick ? 1_000 : 10_000) * options.Rows), cancellationToken);
        List<Comparison> lines = [];
        await LagsAsync(server, rounds, TimeSpan.FromSeconds(lagSeconds), lines, cancellationToken);
        try
        {
            await SearchAsync(server, options.Quick, searches, TimeSpan.FromSeconds(trialSeconds), lines, cancellationToken);
        }
        catch (BenchmarkException failed)
        {
            await Console.Error.WriteLineAsync($"NOT MEASURED: the search for a rate. {failed.Message}");
        }

        return new BenchmarkResult(lines);
    }

    /// <summary>
    /// How late requests of a given time begin, ours and those of pgbench --rate, in turns: one table, whose lookups leave the machine time
    /// to be punctual, and all of them, whose lookups hardly do on few processors.
    /// </summary>
    private static async Task LagsAsync(ServeServer server, int rounds, TimeSpan time, List<Comparison> lines, CancellationToken cancellationToken)
    {
        foreach ((string what, IReadOnlyList<string> table, string script) in new[]
        {
            ("1 table", (IReadOnlyList<string>)[server.Table], server.Lookup), ("30 tables", [], server.Pipeline),
        })
        {
            Dictionary<string, List<double>> lags = [];
            for (int round = 1; round <= rounds; round++)
            {
                foreach (ArrivalPattern? ours in (ArrivalPattern?[])(round % 2 == 0
                    ? [null, ArrivalPattern.Poisson, ArrivalPattern.Constant] : [ArrivalPattern.Constant, ArrivalPattern.Poisson, null]))
                {
                    double lag = ours is { } arrival
                        ? await OwnLagAsync(server, table, arrival, time, round, cancellationToken)
                        : await PeerLagAsync(server, script, time, round, cancellationToken);
                    (lags.TryGetValue(ours?.ToString() ?? "", out List<double>? some) ? some : lags[ours?.ToString() ?? ""] = []).Add(lag);
                }
            }

            foreach (ArrivalPattern arrival in Enum.GetValues<ArrivalPattern>())
                lines.Add(Comparison.Figure($"dispatch lag p99 at {LagRate:N0}/s, {what}, {arrival}", "ms", lags[arrival.ToString()], MostLagMs));
            lines.Add(Comparison.Against($"dispatch lag p99 at {LagRate:N0}/s, {what}, Poisson, ours / pgbench --rate", "ms", lags[nameof(ArrivalPattern.Poisson)], lags[""], atMost: 1));
        }
    }

    private static async Task<double> OwnLagAsync(
        ServeServer server, IReadOnlyList<string> table, ArrivalPattern arrival, TimeSpan time, int round, CancellationToken cancellationToken)
    {
        LatencyResult result = Single(await server.MeasureAsync(
            new MeasureFeatureLatencyOptions
            {
                Table = table, Rate = [LagRate], Arrival = arrival, MaxInFlight = InFlight, Duration = time, Seed = round,
            }, cancellationToken));
        return result.Open!.Lag.P99Ms ?? throw new BenchmarkException($"{result.Requests} requests are too few for a p99.");
    }

    private static async Task<double> PeerLagAsync(ServeServer server, string script, TimeSpan time, int round, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("lakebaseops-bench-").FullName;
        try
        {
            string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
            await PgBench.RunAsync(server, script, server.Keys(round), folder,
                ["-c", Text(InFlight), "-j", "1", "-T", Text(Math.Ceiling(time.TotalSeconds)), "-R", Text(LagRate), .. PgBench.Log(folder)], cancellationToken);
            // In its first second it prepares on each of its connections.
            double[] lags = [.. PgBench.Logged(folder).Skip((int)LagRate).Select(line => line[PgBench.LoggedLag]).Order()];
            return lags[(int)(lags.Length * 0.99)] / 1_000;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The search, and every rate in steps of 3 %; the level is three times the p99 at an easy rate.</summary>
    private static async Task SearchAsync(
        ServeServer server, bool quick, int searches, TimeSpan trial, List<Comparison> lines, CancellationToken cancellationToken)
    {
        LatencyResult easy = Single(await server.MeasureAsync(
            new MeasureFeatureLatencyOptions { Rate = [First], Duration = 2 * trial }, cancellationToken));
        double level = 3 * easy.P99Ms ?? throw new BenchmarkException($"{easy.Requests} requests are too few for a p99.");
        (List<double> found, List<double> tried, List<double> foundTrials, List<double> triedTrials) = ([], [], [], []);
        for (int round = 0; round < searches; round++)
        {
            MeasureFeatureLatencyOptions common = new() { SlaP99Ms = level, Duration = trial, Seed = round + 1 };
            RateSearchResult search = Single(await server.MeasureAsync(common with { FindRate = true, Rate = [First] }, cancellationToken)).RateSearch!;
            foundTrials.Add(search.Trials.Count);
            found.Add(search.HighestRate ?? throw new BenchmarkException($"No rate meets p99 <= {level:N2} ms."));

            // A sweep that knows nothing begins where the search began, and goes on until it is clearly over; a quick one is told where to look.
            List<(double Rate, bool Met)> sweep = [];
            for (double rate = quick ? found[^1] / 1.2 : First; sweep.Count < 6 || sweep.TakeLast(4).Any(one => one.Met); rate *= Step)
            {
                LatencyResult result = Single(await server.MeasureAsync(common with { Rate = [rate] }, cancellationToken));
                sweep.Add((rate, RateSearch.Missed(result, level) is null));
            }

            triedTrials.Add(sweep.Count);
            tried.Add(Capacity(sweep));
        }

        lines.Add(Comparison.Against($"highest rate with p99 <= {level:N2} ms, search / every rate", "requests/s", found, tried));
        lines.Add(Comparison.Figure("distance of the two", "%", [.. found.Zip(tried, (one, other) => 100 * Math.Abs((one / other) - 1))], atMost: 3));
        if (!quick)
            lines.Add(Comparison.Against("trials, search / every rate", "trials", foundTrials, triedTrials, atMost: 0.2));
    }

    /// <summary>The rate up to which most met the level and beyond which most missed it: single trials err.</summary>
    private static double Capacity(List<(double Rate, bool Met)> sweep) =>
        sweep.MaxBy(cut => sweep.Count(one => one.Met == one.Rate <= cut.Rate)).Rate;

    private static LatencyResult Single(IReadOnlyList<LatencyResult> results) => results.Count == 1
        ? results[0]
        : throw new BenchmarkException($"{results.Count} results instead of one.");
}
