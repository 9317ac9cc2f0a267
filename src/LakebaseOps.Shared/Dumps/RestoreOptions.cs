namespace LakebaseOps;

/// <summary>What to restore and how: the parameters that Import-LakebaseDump and Copy-LakebaseDatabase have in common.</summary>
public abstract record RestoreOptions
{
    /// <summary>Schemas to restore, as wildcards; all by default.</summary>
    public IReadOnlyList<string>? Schema { get; init; }

    /// <summary>Tables to restore, as wildcards of name or schema.name, with what belongs to them and what they need; all else stays as it is.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>Schemas that get another name: old name and new name.</summary>
    public IReadOnlyDictionary<string, string>? SchemaMap { get; init; }

    /// <summary>Roles that are called otherwise on the target: old name and new name.</summary>
    public IReadOnlyDictionary<string, string>? RoleMap { get; init; }

    /// <summary>Leave everything to the role of the session.</summary>
    public bool NoOwner { get; init; }

    /// <summary>Grant nothing.</summary>
    public bool NoPrivileges { get; init; }

    /// <summary>Make objects directly in their places, which must be free, instead of beside them.</summary>
    public bool InPlace { get; init; }

    /// <summary>Keep what is replaced under the name that the result states.</summary>
    public bool KeepPrevious { get; init; }

    /// <summary>How rows are proved before anything is replaced.</summary>
    public LoadProof Proof { get; init; } = LoadProof.Content;

    /// <summary>Rows and indexes that are worked on at the same time; by default two, or four where there are processors for it.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Give up an unfinished restore and begin anew.</summary>
    public bool Restart { get; init; }

    /// <summary>Also from a newer server than the target.</summary>
    public bool Force { get; init; }
}

/// <summary>The parameters of Import-LakebaseDump.</summary>
public sealed record ImportDumpOptions : RestoreOptions
{
    /// <summary>Folder of the dump.</summary>
    public string Path { get; init; } = "";
}

/// <summary>The parameters of Copy-LakebaseDatabase.</summary>
public sealed record CopyDatabaseOptions : RestoreOptions
{
    /// <summary>Name of the session of the database to copy to.</summary>
    public string? Destination { get; init; }

    /// <summary>Go on with a copy that was broken off although its snapshot is gone: tables that were complete stay as they were then.</summary>
    public bool AllowInconsistent { get; init; }
}
