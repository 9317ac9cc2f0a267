namespace LakebaseOps;

/// <summary>The parameters of Import-LakebaseRun.</summary>
public sealed record ImportRunOptions
{
    /// <summary>A run.json, the folder that holds one, or an HTML report; several are read one after the other.</summary>
    public required IReadOnlyList<string> Path { get; init; }
}
