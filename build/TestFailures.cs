using System.Text.Json;
using System.Xml.Linq;

namespace LakebaseOps.Build;

/// <summary>What the failed tests of a layer are called and say, short enough for the end of a log.</summary>
internal static class TestFailures
{
    private const int Shown = 30;
    private const int LinesShown = 4;
    private const int LineLength = 240;

    /// <summary>Of an xunit result file: its failed tests, then what went wrong outside of tests.</summary>
    public static IReadOnlyList<string> OfXunit(XDocument results) =>
    [
        .. results.Descendants("test").Where(test => test.Attribute("result")?.Value == "Fail").Concat(results.Descendants("error"))
            .Select(failed => $"{failed.Attribute("name")?.Value ?? failed.Attribute("type")?.Value}\n{failed.Descendants("message").FirstOrDefault()?.Value}"),
    ];

    /// <summary>Of the result file of the acceptance tests.</summary>
    public static IReadOnlyList<string> OfAcceptance(JsonElement results) =>
        results.TryGetProperty("failures", out JsonElement failures) ? [.. failures.EnumerateArray().Select(failure => failure.GetString() ?? "")] : [];

    /// <summary>Prints the first of them.</summary>
    public static void Write(string layer, IReadOnlyList<string> failures)
    {
        foreach (string failure in failures.Take(Shown))
        {
            string[] lines = failure.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Console.WriteLine($"FAILED in {layer}: {Cut(lines.FirstOrDefault() ?? "")}");
            foreach (string line in lines.Skip(1).Take(LinesShown))
                Console.WriteLine($"    {Cut(line)}");
        }

        if (failures.Count > Shown)
            Console.WriteLine($"FAILED in {layer}: and {failures.Count - Shown} more");
    }

    private static string Cut(string line) => line.Length <= LineLength ? line : string.Concat(line.AsSpan(0, LineLength), "…");
}
