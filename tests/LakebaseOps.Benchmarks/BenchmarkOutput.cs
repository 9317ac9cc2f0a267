using System.Globalization;
using System.Text.Json;
using LakebaseOps.Workflows;
using Spectre.Console;

namespace LakebaseOps.Benchmarks;

/// <summary>Writes bench-NAME.json and the same as a table on the screen.</summary>
internal static class BenchmarkOutput
{
    /// <summary>Writes both.</summary>
    public static async Task WriteAsync(
        string name, string folder, BenchmarkResult result, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, $"bench-{name}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(result, RunFile.Json), cancellationToken);
        // A log has no width of its own, and 80 columns would break the words of the table.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 140;
        Table table = new Table().Border(TableBorder.Rounded)
            .AddColumns("What", "Unit", "Ours", "Peer", "Ratio", "95 % interval", "Target", "Holds");
        foreach (Comparison one in result.Comparisons)
        {
            table.AddRow(
                Markup.Escape(one.Name), Markup.Escape(one.Unit), Number(one.Ours), Number(one.Peer), Number(one.Ratio),
                one.RatioLow is null ? "" : $"{Number(one.RatioLow)} - {Number(one.RatioHigh)}",
                Markup.Escape(one.Target), one.Holds switch { true => "yes", false => "NO", null => "" });
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(file);
    }

    private static string Number(double? value) => value?.ToString("#,0.###", CultureInfo.InvariantCulture) ?? "";
}
