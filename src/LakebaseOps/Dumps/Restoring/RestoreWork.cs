using LakebaseOps.Dumps.Placing;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>What the work on all tables shares.</summary>
/// <param name="Source">Where rows come from.</param>
/// <param name="Target">Where they go.</param>
/// <param name="Placement">Where tables lie there.</param>
/// <param name="Queue">What is due.</param>
/// <param name="Meter">How far it is.</param>
/// <param name="Proof">How tables are proved.</param>
/// <param name="Workers">How much is done at the same time.</param>
/// <param name="Indexes">How indexes are built.</param>
internal sealed record RestoreWork(
    IDumpSource Source, RestoreTarget Target, Placement Placement, WorkQueue Queue, RestoreMeter Meter, LoadProof Proof, int Workers, IndexPlan Indexes)
{
    /// <summary>From which sizes on a table is worked on in pieces.</summary>
    public RestoreLimits Limits { get; init; } = new();
}
