namespace LakebaseOps;

/// <summary>A file that Export-LakebaseReport wrote, as read back from disk.</summary>
public sealed record ReportFile
{
    /// <summary>Full path; binds to -Path by property name.</summary>
    public required string Path { get; init; }

    /// <summary>What it holds.</summary>
    public required ReportFormat Format { get; init; }

    /// <summary>Identifier of the run it reports on.</summary>
    public required string RunId { get; init; }

    /// <summary>Size in bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Charts drawn; 0 in Markdown and CSV.</summary>
    public int Charts { get; init; }

    /// <summary>Tables written.</summary>
    public int Tables { get; init; }

    /// <summary>SHA-256 of the file, lower-case hexadecimal: the same run gives the same bytes.</summary>
    public required string Sha256 { get; init; }
}
