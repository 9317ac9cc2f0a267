namespace LakebaseOps;

/// <summary>Which load to undo: the parameters of Undo-LakebaseBulkLoad.</summary>
public sealed record UndoBulkLoadOptions
{
    /// <summary>The table that a load has replaced.</summary>
    public string? Table { get; init; }

    /// <summary>The kept table to put back; by default the one that was put aside last.</summary>
    public string? PreviousTable { get; init; }

    /// <summary>Drop the table that is replaced now instead of keeping it under another name.</summary>
    public bool DropReplaced { get; init; }
}
