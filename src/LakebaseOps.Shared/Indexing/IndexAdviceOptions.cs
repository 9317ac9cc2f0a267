namespace LakebaseOps;

/// <summary>Which indexes to give advice on: the parameters of Get-LakebaseIndexAdvice.</summary>
public sealed record IndexAdviceOptions
{
    /// <summary>The tables, as name or schema.name; wildcards allowed.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>Rows of each table that are copied to a temporary table and indexed in each way in question; 0 for advice without.</summary>
    public int SampleRows { get; init; } = 200_000;

    /// <summary>How long the server must have counted scans before an index without any is called unused.</summary>
    public TimeSpan MinStatisticsAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Widest row, in bytes of its values, that an index is advised to carry as a whole.</summary>
    public int MaxIncludeBytes { get; init; } = 128;
}
