namespace LakebaseOps;

/// <summary>The parameters of ConvertFrom-LakebaseDdl.</summary>
public sealed record ConvertFromDdlOptions
{
    /// <summary>Files of DDL; wildcards allowed.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Lines of DDL.</summary>
    public IReadOnlyList<string> InputObject { get; init; } = [];

    /// <summary>Schema of tables that the DDL names without one; "public" when not given.</summary>
    public string? Schema { get; init; }
}

/// <summary>The parameters of Initialize-LakebaseSchema.</summary>
public sealed record InitializeSchemaOptions
{
    /// <summary>Files of DDL; wildcards allowed.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Definitions of tables.</summary>
    public IReadOnlyList<TableDefinition> Definition { get; init; } = [];

    /// <summary>A known set of tables.</summary>
    public FeatureWorkload? Workload { get; init; }

    /// <summary>
    /// Schema of the workload's tables and of tables that DDL names without one, "public" when not given; definitions move there
    /// when it is given.
    /// </summary>
    public string? Schema { get; init; }
}

/// <summary>The parameters of Get-LakebaseTable.</summary>
public sealed record GetTableOptions
{
    /// <summary>Tables by name, with or without schema; <c>*</c> and <c>?</c> are wildcards. Not given: all.</summary>
    public IReadOnlyList<string> Table { get; init; } = [];

    /// <summary>Schema of tables named without one, wildcards allowed; not given: any but the server's own.</summary>
    public string? Schema { get; init; }

    /// <summary>Count the rows, which reads whole tables.</summary>
    public bool Exact { get; init; }
}
