namespace LakebaseOps.Schemas;

/// <summary>What a text of DDL describes.</summary>
/// <param name="Tables">Tables in the order of their CREATE TABLE, each with the indexes, constraints and comments given for it.</param>
public sealed record DdlDocument(IReadOnlyList<TableDefinition> Tables);
