using System.Text.Json;
using LakebaseOps.Workflows;

namespace LakebaseOps.Reports;

/// <summary>Reads runs: from run.json, from its folder, or back out of an exported HTML report.</summary>
public static class ReportReader
{
    private const string Start = "<script type=\"application/json\" id=\"run\" data-sha256=\"";

    /// <summary>Reads the run of a file or folder, whichever kind it is.</summary>
    /// <exception cref="LakebaseException">FileNotFound, RunRecordInvalid.</exception>
    public static async Task<RunRecord> ReadAsync(string path, CancellationToken cancellationToken)
    {
        string extension = Path.GetExtension(path);
        bool html = extension.Equals(".html", StringComparison.OrdinalIgnoreCase) || extension.Equals(".htm", StringComparison.OrdinalIgnoreCase);
        RunRecord run;
        try
        {
            run = html && !Directory.Exists(path)
                ? Extract(path, await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false))
                : await RunFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"'{path}' could not be read: {exception.Message}")
            {
                Target = path,
                Cause = exception,
                Remedy = "Check the path and that this account may read it.",
            }.ToException();
        }

        return Complete(run, path);
    }

    /// <summary>The run that a report's text embeds; refused when its data were changed after the export.</summary>
    /// <exception cref="LakebaseException">RunRecordInvalid.</exception>
    public static RunRecord Extract(string path, string html)
    {
        ArgumentNullException.ThrowIfNull(html);
        int mark = html.LastIndexOf(Start, StringComparison.Ordinal);
        int from = mark < 0 ? -1 : html.IndexOf('>', mark) + 1;
        int to = from <= 0 ? -1 : html.IndexOf("</script>", from, StringComparison.Ordinal);
        if (to < 0)
            throw ReportFault.NotARun(path, "it is no report of LakebaseOps, or a part of one");
        string data = html[from..to];
        if (!html.AsSpan(mark + Start.Length).StartsWith(Hashes.Hex(data) + "\"", StringComparison.Ordinal))
            throw ReportFault.NotARun(path, "its data were changed after the export, as their SHA-256 shows");
        try
        {
            return RunData.Read(data);
        }
        catch (JsonException exception)
        {
            throw ReportFault.NotARun(path, exception.Message, exception);
        }
    }

    /// <summary>The run with empty lists for what a foreign writer set to null, and only in a format this version knows.</summary>
    internal static RunRecord Complete(RunRecord run, string path) => run.Format is < 1 or > 1
        ? throw ReportFault.NotARun(path, $"its format is {run.Format} and this version of LakebaseOps reads 1")
        : run with
        {
            Id = run.Id ?? "",
            Steps = run.Steps ?? [],
            Tables = run.Tables ?? [],
            Loads = run.Loads ?? [],
            Indexes = run.Indexes ?? [],
            Checks = run.Checks ?? [],
            Caches = run.Caches ?? [],
            Latencies = run.Latencies ?? [],
            Comparisons = run.Comparisons ?? [],
        };
}
