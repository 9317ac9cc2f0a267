using System.CommandLine;

namespace LakebaseOps.Build;

/// <summary>Target "bench NAME": the side-by-side benchmarks.</summary>
internal static class BenchTarget
{
    public static Command Command()
    {
        Argument<string> name = new("NAME") { Description = "The benchmark, e.g. demo." };
        Option<bool> quick = new("--quick") { Description = "Fewer rounds." };
        Option<string> output = new("--output")
        {
            Description = "Folder for bench-NAME.json.",
            DefaultValueFactory = _ => Repository.At("output", "bench"),
        };
        Command command = new("bench", "Run a benchmark and write bench-NAME.json.") { name, quick, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyDictionary<string, string> server = await ServerBinaries.EnvironmentAsync(cancellationToken);
            int built = await Tool.BuildAsync("Release", cancellationToken, "tests", "LakebaseOps.Benchmarks");
            if (built != 0)
                return built;
            List<string> arguments = [parsed.GetValue(name)!, "--output", Path.GetFullPath(parsed.GetValue(output)!)];
            if (parsed.GetValue(quick))
                arguments.Add("--quick");
            return await Tool.RunAsync(Tool.Built("LakebaseOps.Benchmarks", "Release"), arguments, cancellationToken, server);
        });
        return command;
    }
}
