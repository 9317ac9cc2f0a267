namespace LakebaseOps.Schemas;

/// <summary>The statements that make a table, in the order they must run.</summary>
/// <param name="Table">CREATE TABLE with columns, checks and storage settings.</param>
/// <param name="Keys">Primary key, unique and exclusion constraints, then CREATE INDEX for every other index.</param>
/// <param name="ForeignKeys">Foreign keys: they need the tables that they refer to.</param>
/// <param name="Comments">COMMENT ON statements.</param>
public sealed record TableScript(
    string Table, IReadOnlyList<string> Keys, IReadOnlyList<string> ForeignKeys, IReadOnlyList<string> Comments)
{
    /// <summary>All statements.</summary>
    public IReadOnlyList<string> All => [Table, .. Keys, .. ForeignKeys, .. Comments];
}
