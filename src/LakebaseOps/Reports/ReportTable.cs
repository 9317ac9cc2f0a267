namespace LakebaseOps.Reports;

/// <summary>What a column holds: decides how its values are written for people and which unit its CSV heading names.</summary>
internal enum ColumnKind
{
    Text,
    Count,
    Number,
    Milliseconds,
    Microseconds,
    Seconds,
    Bytes,
    Share,
    PerSecond,
    Ratio,
    Interval,
    Standing,
}

/// <summary>How good a value is; shown by a sign and a word, and only then by colour.</summary>
internal enum Standing
{
    Neutral,
    Good,
    Warning,
    Bad,
}

/// <summary>A word with its standing.</summary>
internal sealed record Verdict(string Text, Standing Standing);

/// <summary>One column.</summary>
/// <param name="Heading">Its heading, without unit.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Absent">What people read where there is no value.</param>
internal sealed record ReportColumn(string Heading, ColumnKind Kind = ColumnKind.Text, string Absent = "–")
{
    /// <summary>True for what is aligned to the right.</summary>
    public bool IsNumber => Kind is not (ColumnKind.Text or ColumnKind.Standing);
}

/// <summary>A table of the report; HTML, Markdown and CSV are written from this one object.</summary>
/// <param name="Id">Name of its CSV file and anchor.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">Columns in order.</param>
/// <param name="Rows">Values: string, number, <see cref="ConfidenceInterval"/>, <see cref="Verdict"/> or null.</param>
internal sealed record ReportTable(
    string Id, string Title, IReadOnlyList<ReportColumn> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows);
