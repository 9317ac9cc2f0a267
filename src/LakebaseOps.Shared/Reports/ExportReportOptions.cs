namespace LakebaseOps;

/// <summary>The parameters of Export-LakebaseReport.</summary>
public sealed record ExportReportOptions
{
    /// <summary>A run.json, the folder that holds one, or an earlier HTML report; not given: <see cref="InputObject"/>.</summary>
    public string? Path { get; init; }

    /// <summary>The run itself, when it does not come from a file.</summary>
    public RunRecord? InputObject { get; init; }

    /// <summary>
    /// File or folder to write; not given: report.html (report.md, folder report-csv) beside the run. CSV always goes to
    /// a folder, one file for each table.
    /// </summary>
    public string? OutputPath { get; init; }

    /// <summary>What to write.</summary>
    public ReportFormat Format { get; init; } = ReportFormat.Html;

    /// <summary>Replace files that exist.</summary>
    public bool Force { get; init; }
}

/// <summary>How a report is written.</summary>
public enum ReportFormat
{
    /// <summary>One self-contained page: charts, tables and the run's data.</summary>
    Html,

    /// <summary>The same text and tables as Markdown.</summary>
    Markdown,

    /// <summary>Every table as a CSV file of its own, numbers unrounded.</summary>
    Csv,
}
