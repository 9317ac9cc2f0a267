namespace LakebaseOps;

/// <summary>Which checkpoints: the parameters of Remove-LakebaseCheckpoint.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Tables; wildcards allowed. All that have one when not given.</summary>
    public IReadOnlyList<string>? Table { get; init; }
}
