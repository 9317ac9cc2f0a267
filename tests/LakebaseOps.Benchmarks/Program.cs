using System.CommandLine;
using LakebaseOps.Benchmarks;
using LakebaseOps.Benchmarks.Caching;
using LakebaseOps.Benchmarks.Dumps;
using LakebaseOps.Benchmarks.Indexing;
using LakebaseOps.Benchmarks.Latency;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Benchmarks.Serving;
using LakebaseOps.Benchmarks.Verification;

Benchmark[] all = [new DemoBenchmark(), new LoadBenchmark(), new ServeBenchmark(), new RecordBenchmark(), new RateBenchmark(), new VerifyBenchmark(), new IndexBenchmark(), new WarmBenchmark(), new DumpBenchmark()];
Argument<string> name = new("NAME") { Description = $"One of: {string.Join(", ", all.Select(one => one.Name))}." };
Option<bool> quick = new("--quick") { Description = "Fewer rounds: under three minutes." };
Option<string> output = new("--output") { Description = "Folder for bench-NAME.json.", DefaultValueFactory = _ => "." };
Option<string?> contest = new("--contest") { Description = "Regular expression: only contests whose name matches run." };
Option<string?> contender = new("--contender") { Description = "Regular expression: only contenders whose name matches run." };
Option<double> rows = new("--rows") { Description = "Factor on the rows.", DefaultValueFactory = _ => 1 };
Option<string[]> settings = new("--setting") { Description = "A server setting as NAME=VALUE; may be given several times." };
RootCommand root = new("Side-by-side benchmarks.") { name, quick, output, contest, contender, rows, settings };
root.SetAction(async (parsed, cancellationToken) =>
{
    if (all.FirstOrDefault(one => one.Name == parsed.GetValue(name)) is not Benchmark benchmark)
    {
        Console.Error.WriteLine($"There is no benchmark '{parsed.GetValue(name)}'. {name.Description}");
        return 2;
    }

    BenchmarkOptions options = new()
    {
        Quick = parsed.GetValue(quick),
        Contest = parsed.GetValue(contest),
        Contender = parsed.GetValue(contender),
        Rows = parsed.GetValue(rows),
        Settings = (parsed.GetValue(settings) ?? []).Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[^1]),
    };
    // Read once by .NET, when the first socket waits; what is set already stays.
    if (benchmark is ServeBenchmark or RateBenchmark && Environment.GetEnvironmentVariable(ServeBenchmark.InlineCompletions) is null)
        Environment.SetEnvironmentVariable(ServeBenchmark.InlineCompletions, "1");
    try
    {
        BenchmarkResult result = await benchmark.RunAsync(options, cancellationToken);
        await BenchmarkOutput.WriteAsync(benchmark.Name, parsed.GetValue(output)!, result, cancellationToken);
        return result.Comparisons.All(comparison => comparison.Holds != false) ? 0 : 1;
    }
    catch (BenchmarkException failed)
    {
        await Console.Error.WriteLineAsync($"The benchmark failed, and its figures are void. {failed.Message}");
        return 3;
    }
    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("The benchmark was stopped, and there are no figures.");
        return 130;
    }
});
// To stop its server and to remove what it wrote takes longer than the two seconds that are usual after SIGTERM and Ctrl+C.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
