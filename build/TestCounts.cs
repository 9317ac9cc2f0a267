using System.Globalization;
using System.Xml.Linq;

namespace LakebaseOps.Build;

/// <summary>How the tests of one layer ended.</summary>
internal sealed record TestCount(int Passed, int Failed, int Skipped)
{
    /// <summary>What failed: for each its name and, on further lines, what it says.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];
}

/// <summary>Adds the layers up.</summary>
internal sealed class TestCounts
{
    private readonly List<(string Layer, TestCount Count)> _layers = [];

    /// <summary>Counts of an xunit result file; a run that left none, had no test, or failed without a failed test, counts as one failure.</summary>
    public static TestCount ReadXunit(string path, int exitCode)
    {
        if (!File.Exists(path))
            return new TestCount(0, 1, 0);
        XDocument results = XDocument.Load(path);
        int Sum(string attribute) => results.Descendants("assembly")
            .Sum(assembly => int.Parse(assembly.Attribute(attribute)?.Value ?? "0", CultureInfo.InvariantCulture));
        int failed = Sum("failed") + Sum("errors");
        return new TestCount(Sum("passed"), failed == 0 && (exitCode != 0 || Sum("total") == 0) ? 1 : failed, Sum("skipped"))
        {
            Failures = TestFailures.OfXunit(results),
        };
    }

    /// <summary>Enters a layer.</summary>
    public void Add(string layer, TestCount count) => _layers.Add((layer, count));

    /// <summary>Prints what failed, each layer and, as the very last line, the sum; the exit code.</summary>
    public int Finish()
    {
        Console.WriteLine();
        // Once more: who keeps but the end of the output is to find it there.
        foreach ((string layer, TestCount count) in _layers)
            TestFailures.Write(layer, count.Failures);
        foreach ((string layer, TestCount count) in _layers)
            Console.WriteLine($"  {layer}: {count.Passed} passed, {count.Failed} failed, {count.Skipped} skipped");
        int failed = _layers.Sum(layer => layer.Count.Failed);
        int passed = _layers.Sum(layer => layer.Count.Passed);
        Console.WriteLine($"{passed} passed, {failed} failed, {_layers.Sum(layer => layer.Count.Skipped)} skipped");
        return failed == 0 && passed > 0 ? 0 : 1;
    }
}
