using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading;
using Spectre.Console;

namespace LakebaseOps.Benchmarks.Serving;

/// <summary>
/// Our feature reads beside pgbench's pipeline of the same prepared statements: the same tables, the same keys, in turns.
/// </summary>
internal sealed class ServeBenchmark : Benchmark
{
    /// <summary>Makes .NET take up an answer on the thread that saw it arrive; read once, before the first socket.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const string Pinned = "pinned";
    private const string Unpinned = "unpinned";
    private const int Clients = 4;

    /// <inheritdoc />
    public override string Name => "serve";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        (int rounds, int requests, long rows) = options.Quick ? (5, 1_200, 1_000) : (20, 4_200, 10_000);
        await using ServeServer server = await ServeServer.StartAsync(options.Settings, (long)(rows * options.Rows), cancellationToken);
        ServeContender[] contenders = [.. Contenders(server, options).Where(one => Matches(options.Contender, one.Name))];
        List<string> absent = [];
        List<ServeFigures> runs = [];
        List<ServeRate> rates = [];
        List<Comparison> lines = [];
        QuietWatch quiet = new(server.ProcessId);
        try
        {
            foreach (string placement in new[] { Pinned, Unpinned }.Where(one => Matches(options.Contest, one)))
            {
                if (placement == Pinned && Affinity.Missing is string reason)
                {
                    absent.Add($"{Pinned}: {reason}.");
                    continue;
                }

                await Affinity.SetAsync(server.ProcessId, placement == Pinned, cancellationToken);
                List<double> executor = [];
                foreach (ServeContender contender in contenders)
                    await contender.OpenAsync(server.Keys(0), cancellationToken);
                for (int round = 1; round <= rounds; round++)
                {
                    IReadOnlyList<string> keys = server.Keys(round);
                    executor.Add(await server.ExecutorAsync(keys, cancellationToken));
                    await RoundAsync(contenders, server.ProcessId, placement, round, keys, requests, runs, cancellationToken);
                }

                if (placement == Unpinned)
                    await RatesAsync(contenders, server, options.Quick ? 3 : 9, rates, cancellationToken);
                lines.AddRange(new ServeTargets(placement, runs, executor).Lines());
            }

            lines.AddRange(Throughput(rates));
        }
        finally
        {
            foreach (ServeContender contender in contenders)
                await contender.DisposeAsync();
        }

        double others = await quiet.EndAsync();
        foreach (string one in absent)
            await Console.Error.WriteLineAsync($"NOT MEASURED: {one}");
        Write(runs);
        return new BenchmarkResult(lines, new ServeDetails
        {
            StartedAt = startedAt,
            Processor = MachineTime.Processor(),
            Processors = Environment.ProcessorCount,
            OperatingSystem = RuntimeInformation.OSDescription,
            Runtime = RuntimeInformation.FrameworkDescription,
            InlineCompletions = Environment.GetEnvironmentVariable(InlineCompletions) == "1",
            Options = options,
            Server = await server.SettingsAsync(cancellationToken),
            Rows = server.Rows,
            Absent = absent,
            Notes = Notes,
            OthersShare = others,
            Runs = runs,
            Rates = rates,
        });
    }

    private static IReadOnlyList<string> Notes { get; } =
    [
        "Closed loop, one client. A request of ours is timed from asking the pool for a connection to the last decoded value, then checked: a row "
            + "of every table, with its key. pgbench times its script and neither decodes nor checks.",
        "Both send the same 30 prepared statements with the same three keys; each round has keys of its own, so everything is in shared buffers.",
        $"The first {ServeContender.Skipped} requests of each run are not counted: pgbench connects and prepares anew in each run.",
        "Contenders run in turns, each order once forwards and once backwards. Intervals are percentile bootstraps over the rounds' ratios.",
        "traced: with the clock and the listener that divide each request's time into its parts.",
        "pinned: the clients on one processor and the server on another. The executor's time is the sum of EXPLAIN (ANALYZE, TIMING OFF) over the "
            + "tables, the least of 30 each; with the floor, SELECT of one parameter, it is what no client could avoid.",
    ];

    private static IEnumerable<ServeContender> Contenders(ServeServer server, BenchmarkOptions options)
    {
        yield return new PgBenchRead(server, isFloor: false);
        FeatureMode[] modes = options.Quick
            ? [FeatureMode.Batch, FeatureMode.Rpc, FeatureMode.Union, FeatureMode.BinPacked, FeatureMode.Wide]
            : Enum.GetValues<FeatureMode>();
        foreach (FeatureMode mode in modes)
            yield return new OwnRead(server, mode);
        yield return new OwnRead(server, FeatureMode.Batch, consistent: true);
        yield return new OwnRead(server, FeatureMode.Batch, traced: true);
        yield return new OwnRead(server, null);
        yield return new PgBenchRead(server, isFloor: true);
    }

    private static async Task RoundAsync(
        ServeContender[] contenders, int processId, string placement, int round, IReadOnlyList<string> keys, int requests, List<ServeFigures> runs,
        CancellationToken cancellationToken)
    {
        ServeContender[] order = Order(contenders, round);
        for (int place = 0; place < order.Length; place++)
        {
            TimeSpan? client = order[place].ProcessorTime();
            TimeSpan? server = ProcessTime.Tree(processId);
            ServeSamples samples = await order[place].RunAsync(keys, requests, cancellationToken);
            runs.Add(ServeFigures.Of(order[place].Name, placement, round, place, samples) with
            {
                ClientUs = (order[place].ProcessorTime() - client)?.TotalMicroseconds / requests,
                ServerUs = (ProcessTime.Tree(processId) - server)?.TotalMicroseconds / requests,
            });
        }
    }

    private static async Task RatesAsync(
        ServeContender[] contenders, ServeServer server, int rounds, List<ServeRate> rates, CancellationToken cancellationToken)
    {
        string[] wanted = [PgBenchRead.Pipeline, OwnRead.NameOf(FeatureMode.Batch), OwnRead.NameOf(FeatureMode.Rpc)];
        ServeContender[] some = [.. contenders.Where(one => wanted.Contains(one.Name))];
        for (int round = 1; round <= rounds; round++)
        {
            foreach (ServeContender contender in Order(some, round))
                rates.Add(new ServeRate(contender.Name, Clients, round, await contender.RateAsync(server.Keys(round), Clients, TimeSpan.FromSeconds(2), cancellationToken)));
        }
    }

    private static IEnumerable<Comparison> Throughput(List<ServeRate> rates)
    {
        double[] Of(string contender) => [.. rates.Where(rate => rate.Contender == contender).OrderBy(rate => rate.Round).Select(rate => rate.PerSecond)];
        double[] peer = Of(PgBenchRead.Pipeline);
        foreach (FeatureMode mode in (FeatureMode[])[FeatureMode.Batch, FeatureMode.Rpc])
        {
            double[] ours = Of(OwnRead.NameOf(mode));
            if (ours.Length > 0 && peer.Length > 0)
                yield return Comparison.Against($"unpinned: {Clients} clients, {OwnRead.NameOf(mode)} / {PgBenchRead.Pipeline}", "requests/s", ours, peer, atLeast: 1);
        }
    }

    // Seeded, and each order once forwards and once backwards: who runs after whom evens out.
    private static ServeContender[] Order(ServeContender[] contenders, int round)
    {
        ServeContender[] order = [.. contenders];
        new Random(20_261_122 + ((round - 1) / 2)).Shuffle(order);
        if (round % 2 == 0)
            Array.Reverse(order);
        return order;
    }

    private static bool Matches(string? pattern, string name) => pattern is null || Regex.IsMatch(name, pattern, RegexOptions.IgnoreCase);

    private static void Write(IEnumerable<ServeFigures> runs)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 140;
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("", "Contender", "min us", "p50 us", "p99 us", "B/request", "client CPU us", "server CPU us");
        foreach (IGrouping<(string Placement, string Contender), ServeFigures> group in runs.GroupBy(run => (run.Placement, run.Contender)))
        {
            string Middle(Func<ServeFigures, double> figure) => Comparison.Median([.. group.Select(figure)]).ToString("N1", CultureInfo.InvariantCulture);
            table.AddRow(group.Key.Placement, Markup.Escape(group.Key.Contender), Middle(run => run.MinUs), Middle(run => run.P50Us), Middle(run => run.P99Us),
                group.First().AllocatedBytes is null ? "" : Middle(run => run.AllocatedBytes!.Value),
                Mean(group.Select(run => run.ClientUs)), Mean(group.Select(run => run.ServerUs)));
        }

        AnsiConsole.Write(table);
    }

    // Ticks are too coarse for one run; their mean over all rounds is not.
    private static string Mean(IEnumerable<double?> values) => values.Average()?.ToString("N1", CultureInfo.InvariantCulture) ?? "";
}
