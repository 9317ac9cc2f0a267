using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading.Contenders;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>
/// Our loader beside psql, pgloader, pgbench, Npgsql's importer and the raw ceiling: the same rows on the same server, in
/// turns, with every table proved equal.
/// </summary>
internal sealed class LoadBenchmark : Benchmark
{
    private const int Rounds = 5;
    private const int QuickRounds = 3;

    /// <inheritdoc />
    public override string Name => "load";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        await WarnOfNoiseAsync(cancellationToken);
        string folder = Directory.CreateTempSubdirectory("lakebaseops-bench-").FullName;
        await using BenchServer server = await BenchServer.StartAsync(options.Settings, cancellationToken);
        try
        {
            List<RunFigures> runs = [];
            List<Comparison> lines = [];
            List<ContestFacts> facts = [];
            HashSet<string> absent = [];
            foreach ((string name, Func<CancellationToken, Task<Contest>> make) in new LoadContests(server, options, folder).All)
            {
                if (!Matches(options.Contest, name))
                    continue;
                Contest contest = await make(cancellationToken);
                contest = contest with { Contenders = [.. contest.Contenders.Where(one => Takes(options, name, one, absent))] };
                IReadOnlyList<RunFigures> own = await contest.RunAsync(
                    server, options.Quick ? QuickRounds : Rounds, LoadTable.Line, cancellationToken);
                LoadTable.Write(name, contest.Rows, own);
                runs.AddRange(own);
                lines.AddRange(new LoadTargets(name, own, options.Quick).Lines());
                facts.Add(new ContestFacts(name, contest.Rows, contest.Ddl, contest.InputBytes));
                Directory.Delete(folder, recursive: true);
                Directory.CreateDirectory(folder);
            }

            foreach (string one in absent)
                await Console.Error.WriteLineAsync($"NOT MEASURED: {one}");
            WarnOfNoise(runs);
            return new BenchmarkResult(lines, new LoadDetails
            {
                StartedAt = startedAt,
                Processor = MachineTime.Processor(),
                Processors = Environment.ProcessorCount,
                OperatingSystem = RuntimeInformation.OSDescription,
                Runtime = RuntimeInformation.FrameworkDescription,
                Options = options,
                Server = await server.SettingsAsync(cancellationToken),
                Absent = [.. absent],
                Notes = Notes,
                Contests = facts,
                Runs = runs,
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> Notes { get; } =
    [
        "Before each run the table is made anew, the server checkpointed, and our ledger dropped; round 0 is a warm-up and not counted.",
        "An append of ours is timed whole: plan, ledger, COPY and content hash. 'Replace', and every 'generator fraud' of ours, is timed up to "
            + "the end of its phase Load, which is what compares with programs that build no key; loadPhaseSeconds is that phase alone.",
        "Other programs are timed from their start to their end, with connecting; our session is open, but each load opens its own connections.",
        "pgloader takes a minute where others take seconds, so it runs in one round only, without a warm-up (quick: narrow rows only).",
        "Client CPU: ours from getrusage of this process (garbage collection and compilation included), others from the times of ended children in "
            + "/proc/self/stat. Server CPU: all of the server's processes, ended ones included. Both others' and the server's come in ticks of 10 ms.",
        "Every COPY of the server begins with a ring of buffers of its own (16 MB): part of what 'one chunk' gains is that, not the ledger.",
        "'table narrow' copies from a second database of the same server, so that its server CPU holds the reading too.",
        "'raw binary' sends bytes that were encoded beforehand, in one transaction for each stream and without a ledger.",
        "pgbench fills its own table with its own rows: their number is compared, not their content. Everything else is compared by count and by the "
            + "sum of hash_record_extended after every run.",
    ];

    private static bool Matches(string? pattern, string name) => pattern is null || Regex.IsMatch(name, pattern, RegexOptions.IgnoreCase);

    private static bool Takes(BenchmarkOptions options, string contest, Contender contender, HashSet<string> absent)
    {
        if (!Matches(options.Contender, contender.Name) || (options.Quick && !LoadContests.IsQuick(contest, contender)))
            return false;
        if (contender.Missing is not { } reason)
            return true;
        absent.Add($"{contender.Name}: {reason}.");
        return false;
    }

    private static async Task WarnOfNoiseAsync(CancellationToken cancellationToken)
    {
        TimeSpan? before = MachineTime.Busy();
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        double? share = (MachineTime.Busy() - before) / TimeSpan.FromSeconds(1) / Environment.ProcessorCount;
        if (share > MachineTime.QuietShare)
            await Console.Error.WriteLineAsync($"WARNING: this machine is not quiet ({share.Value.ToString("P0", CultureInfo.InvariantCulture)} busy before the start): do not trust the figures.");
    }

    private static void WarnOfNoise(List<RunFigures> runs)
    {
        int noisy = runs.Count(run => run.IsCounted && run.OthersShare > MachineTime.QuietShare);
        if (noisy > 0)
            Console.Error.WriteLine($"WARNING: in {noisy} of {runs.Count(run => run.IsCounted)} counted runs others used over {MachineTime.QuietShare:P0} of the machine: do not trust the figures.");
    }
}
