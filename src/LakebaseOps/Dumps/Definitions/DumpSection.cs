namespace LakebaseOps.Dumps.Definitions;

/// <summary>When an object is made: before the rows come or after.</summary>
internal enum DumpSection
{
    /// <summary>Before the rows: schemas, types, functions, tables, sequences, defaults, views, comments, privileges.</summary>
    PreData,

    /// <summary>After the rows: indexes, keys, constraints, triggers, rules, policies, materialised views' contents.</summary>
    PostData,
}
