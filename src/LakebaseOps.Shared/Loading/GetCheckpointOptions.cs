namespace LakebaseOps;

/// <summary>Which checkpoints to show: the parameters of Get-LakebaseCheckpoint.</summary>
public sealed record GetCheckpointOptions
{
    /// <summary>Tables; wildcards allowed. All that have one when not given.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>List the chunks of each load as well, in the property Chunks.</summary>
    public bool Chunk { get; init; }
}
