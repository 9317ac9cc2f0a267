using LakebaseOps.Indexing.Planning;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>From which sizes on a table is worked on in pieces.</summary>
internal sealed record RestoreLimits
{
    /// <summary>
    /// Up to here one stream loads a table in one transaction, with its pages marked as visible to all and frozen: no VACUUM is due then. Larger
    /// ones come in pieces over several streams, each with its line in the books, and are vacuumed once.
    /// </summary>
    public long WholeBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Up to here a key is made at once, in one transaction less; it would not leave others waiting for long.</summary>
    public long SmallBytes { get; init; } = SinglePlan.SmallBytes;

    /// <summary>Pages that one stream reads back at a time; fewer are not worth a second one.</summary>
    public long PartPages { get; init; } = 8 * 1024;

    /// <summary>Bytes of a table of a live source, with TOAST, that are one piece.</summary>
    public long ChunkBytes { get; init; } = 64L * 1024 * 1024;
}
