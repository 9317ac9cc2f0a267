namespace LakebaseOps;

/// <summary>A feature function on the server, as it was found after the command.</summary>
public sealed record RpcFunctionResult
{
    /// <summary>Schema and name of the function; empty when there is none.</summary>
    public required string Function { get; init; }

    /// <summary>"Installed", "Replaced" (the tables had changed), "Unchanged", "Removed" or "Absent".</summary>
    public required string Action { get; init; }

    /// <summary>Hash of the tables' shape it was made for; kept in the function's comment.</summary>
    public required string Shape { get; init; }

    /// <summary>The tables it reads; binds to -Table by property name.</summary>
    public required IReadOnlyList<string> Table { get; init => field = Indexable.Of(value); }

    /// <summary>Entities, in the order of the function's arguments.</summary>
    public required IReadOnlyList<string> Entity { get; init => field = Indexable.Of(value); }

    /// <summary>Columns of the row it returns.</summary>
    public int Columns { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
