using System.CommandLine;

namespace LakebaseOps.Build;

/// <summary>Target "bench NAME": the side-by-side benchmarks.</summary>
internal static class BenchTarget
{
    public static Command Command()
    {
        Argument<string> name = new("NAME") { Description = "The benchmark: demo, load, serve, record, rate, verify, index, warm or dump." };
        Option<bool> quick = new("--quick") { Description = "Fewer rounds and rows." };
        Option<string?> contest = new("--contest") { Description = "load, serve: only contests whose name matches this regular expression." };
        Option<string?> contender = new("--contender") { Description = "load, serve: only contenders whose name matches this regular expression." };
        Option<string?> rows = new("--rows") { Description = "Factor on the rows, e.g. 0.1." };
        Option<string[]> settings = new("--setting") { Description = "load, serve: a server setting as NAME=VALUE; may be given several times." };
        Option<string> output = new("--output")
        {
            Description = "Folder for bench-NAME.json.",
            DefaultValueFactory = _ => Repository.At("output", "bench"),
        };
        Command command = new("bench", "Run a benchmark and write bench-NAME.json.")
        {
            name, quick, output, contest, contender, rows, settings,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyDictionary<string, string> server = await ServerBinaries.EnvironmentAsync(cancellationToken);
            int built = await Tool.BuildAsync(analyze: false, cancellationToken, "tests", "LakebaseOps.Benchmarks");
            if (built != 0)
                return built;
            List<string> arguments = [parsed.GetValue(name)!, "--output", Path.GetFullPath(parsed.GetValue(output)!)];
            if (parsed.GetValue(quick))
                arguments.Add(quick.Name);
            foreach (Option<string?> option in new[] { contest, contender, rows })
            {
                if (parsed.GetValue(option) is string value)
                    arguments.AddRange([option.Name, value]);
            }

            foreach (string setting in parsed.GetValue(settings) ?? [])
                arguments.AddRange([settings.Name, setting]);

            return await Tool.RunAsync(Tool.Built("LakebaseOps.Benchmarks", "Release"), arguments, cancellationToken, server);
        });
        return command;
    }
}
