using System.Globalization;
using Spectre.Console;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Shows the runs of a contest to a person.</summary>
internal static class LoadTable
{
    /// <summary>One line for a run that has just ended.</summary>
    public static void Line(RunFigures run) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{run.Contest,-20} {(run.IsCounted ? $"round {run.Round}" : "warm-up"),-8} {run.Contender,-40} {run.Seconds,7:N3} s {run.RowsPerSecond / 1000,8:N0} krow/s"
        + $"   CPU ns/row: client {run.ClientNanoseconds,5:N0}, server {run.ServerNanoseconds,5:N0}   load {run.LoadAverage:N1}, others {run.OthersShare:P0}"));

    /// <summary>The medians of the counted rounds.</summary>
    public static void Write(string contest, long rows, IReadOnlyList<RunFigures> runs)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 140;
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{contest}: {rows:N0} rows, medians")))
            .AddColumns("Contender", "s", "krow/s", "Load phase s", "Client ns/row", "Server ns/row", "WAL B/row", "Allocated B/row", "Encoding");
        foreach (IGrouping<string, RunFigures> group in runs.Where(run => run.IsCounted).GroupBy(run => run.Contender).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            table.AddRow(
                Markup.Escape(group.Key), Median(run => run.Seconds, "N3"), Median(run => run.RowsPerSecond / 1000), Median(run => run.LoadPhaseSeconds, "N3"),
                Median(run => run.ClientNanoseconds), Median(run => run.ServerNanoseconds), Median(run => run.WalBytes), Median(run => run.AllocatedBytes, "N1"),
                Markup.Escape(group.First().Encoding ?? ""));

            string Median(Func<RunFigures, double?> figure, string format = "N0") => group.Select(figure).OfType<double>().ToArray() is { Length: > 0 } values
                ? Comparison.Median(values).ToString(format, CultureInfo.InvariantCulture)
                : "";
        }

        AnsiConsole.Write(table);
    }
}
