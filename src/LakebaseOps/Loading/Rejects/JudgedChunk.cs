using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Loading.Rejects;

/// <summary>A chunk that was sent, and its rows that were refused.</summary>
/// <param name="Loaded">What went in.</param>
/// <param name="Rejected">What did not.</param>
internal sealed record JudgedChunk(LoadedChunk Loaded, IReadOnlyList<RejectedRow> Rejected);
