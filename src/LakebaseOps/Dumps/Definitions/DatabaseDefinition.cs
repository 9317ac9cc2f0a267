namespace LakebaseOps.Dumps.Definitions;

/// <summary>What a dump carries besides rows: every object in the order it is made in, and the tables whose rows are dumped.</summary>
/// <param name="Objects">Objects, both sections, in the order they are made in.</param>
/// <param name="Tables">Tables that hold rows of their own, in the catalog's order of names; partitioned parents and views do not.</param>
internal sealed record DatabaseDefinition(IReadOnlyList<DumpObject> Objects, IReadOnlyList<DumpTable> Tables)
{
    /// <summary>What exists and is not carried on purpose, one line each with the reason, e.g. "extension members of pg_trgm: the extension makes them".</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>
    /// What ties chosen tables to others that were not chosen, with what is said of it: foreign keys, triggers, rules, policies. Made where
    /// the target has these others.
    /// </summary>
    public IReadOnlyList<DumpObject> Cut { get; init; } = [];

    /// <summary>What a connection needs before it runs the objects: as psql does with pg_dump's text. For one session, not transaction.</summary>
    public const string Settings = """
        SET search_path = '';
        SET check_function_bodies = false;
        SET xmloption = content;
        SET row_security = off;
        SET client_min_messages = warning;
        """;

    /// <summary>The chosen tables with everything that belongs to them and what that needs.</summary>
    public DatabaseDefinition Only(IReadOnlyCollection<TableName> tables) => DefinitionSubset.Of(this, tables);
}
