namespace LakebaseOps.Dumps.Definitions;

/// <summary>What part of a database is dumped; nothing given is all of it but the system's schemas and LakebaseOps' own ledger.</summary>
internal sealed record DumpSelection
{
    /// <summary>Schemas, as wildcards; empty for all.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>Tables, as wildcards of name or schema.name; empty for all. Their keys, indexes, sequences, privileges and types come along.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];
}
