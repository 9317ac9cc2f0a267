namespace LakebaseOps;

/// <summary>Which kept tables to drop: the parameters of Remove-LakebasePreviousTable.</summary>
public sealed record RemovePreviousTableOptions
{
    /// <summary>Tables whose former selves were kept; wildcards allowed.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>The one kept table to drop; by default all that were kept.</summary>
    public string? PreviousTable { get; init; }

    /// <summary>How many to leave of each table, those that were put aside last.</summary>
    public int KeepLast { get; init; }
}
