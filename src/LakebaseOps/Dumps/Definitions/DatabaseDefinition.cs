namespace LakebaseOps.Dumps.Definitions;

/// <summary>What a dump carries besides rows: every object in the order it is made in, and the tables whose rows are dumped.</summary>
/// <param name="Objects">Objects, both sections, in the order they are made in.</param>
/// <param name="Tables">Tables that hold rows of their own, in the catalog's order of names; partitioned parents and views do not.</param>
internal sealed record DatabaseDefinition(IReadOnlyList<DumpObject> Objects, IReadOnlyList<DumpTable> Tables)
{
    /// <summary>What exists and is not carried on purpose, one line each with the reason, e.g. "extension members of pg_trgm: the extension makes them".</summary>
    public IReadOnlyList<string> Left { get; init; } = [];
}
