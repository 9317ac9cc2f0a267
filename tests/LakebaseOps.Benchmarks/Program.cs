using System.CommandLine;
using LakebaseOps.Benchmarks;

Benchmark[] all = [new DemoBenchmark()];
Argument<string> name = new("NAME") { Description = $"One of: {string.Join(", ", all.Select(one => one.Name))}." };
Option<bool> quick = new("--quick") { Description = "Fewer rounds: under three minutes." };
Option<string> output = new("--output") { Description = "Folder for bench-NAME.json.", DefaultValueFactory = _ => "." };
RootCommand root = new("Side-by-side benchmarks.") { name, quick, output };
root.SetAction(async (parsed, cancellationToken) =>
{
    if (all.FirstOrDefault(one => one.Name == parsed.GetValue(name)) is not Benchmark benchmark)
    {
        Console.Error.WriteLine($"There is no benchmark '{parsed.GetValue(name)}'. {name.Description}");
        return 2;
    }

    IReadOnlyList<Comparison> comparisons = await benchmark.RunAsync(parsed.GetValue(quick), cancellationToken);
    await BenchmarkOutput.WriteAsync(benchmark.Name, parsed.GetValue(output)!, comparisons, cancellationToken);
    return comparisons.All(comparison => comparison.Holds != false) ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();
