using LakebaseOps.Dumps.Definitions;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>An object as it is to be made on the target.</summary>
/// <param name="Number">Its place in the order.</param>
/// <param name="Object">The object.</param>
/// <param name="Sql">Statements, roles called as on the target, the change of owner included.</param>
internal sealed record RestoreObject(int Number, DumpObject Object, IReadOnlyList<string> Sql);

/// <summary>What is made of a definition, in which order, and which roles must exist for it.</summary>
internal sealed class RestoreSteps
{
    private static readonly HashSet<string> Privileges = ["ACL", "DEFAULT ACL"];

    // As every database begins with it, which is what a source says nothing about.
    private static readonly string[] Public =
    [
        "ALTER SCHEMA public OWNER TO pg_database_owner", "GRANT USAGE ON SCHEMA public TO PUBLIC", "COMMENT ON SCHEMA public IS 'standard public schema'",
    ];

    private static readonly HashSet<string> NamingRoles = ["ACL", "DEFAULT ACL", "POLICY"];

    /// <summary>Turns a definition into steps.</summary>
    /// <param name="definition">What is restored.</param>
    /// <param name="options">Owners, privileges, roles.</param>
    /// <param name="late">What is made in the transaction of the swap.</param>
    /// <param name="extensions">Extensions that the target has: they and what is said about them are left as they are.</param>
    public RestoreSteps(DatabaseDefinition definition, RestoreOptions options, IReadOnlyList<DumpObject> late, IReadOnlyCollection<string> extensions)
    {
        RoleSql roles = new(options.RoleMap ?? new Dictionary<string, string>());
        SortedSet<string> wanted = new(StringComparer.Ordinal);
        int number = 0;
        IEnumerable<RestoreObject> Made(IEnumerable<DumpObject> all)
        {
            foreach (DumpObject one in all)
            {
                number++;
                if (one.Kind is "DATABASE" or "DATABASE PROPERTIES" or "ENCODING" or "STDSTRINGS" or "SEARCHPATH"
                    || (options.NoPrivileges && Privileges.Contains(one.Kind)) || IsPresent(one, extensions))
                {
                    continue;
                }

                List<string> sql = [NamingRoles.Contains(one.Kind) ? roles.Replace(one.Sql, wanted) : one.Sql];
                if (!options.NoOwner && one.OwnerSql is string owner)
                {
                    int at = owner.LastIndexOf(" OWNER TO ", StringComparison.Ordinal);
                    sql.Add(at < 0 ? owner : owner[..at] + roles.Replace(owner[at..], wanted));
                }

                yield return new RestoreObject(number, one, sql);
            }
        }

        Extensions = [.. definition.Objects.Where(one => one.Kind == "EXTENSION").Select(one => one.Name)];
        All = [.. Made(definition.Objects)];
        Late = [.. Made(late)];
        Roles = [.. wanted];
        Schemas = [.. definition.Objects
            .Select(one => one.Kind == "SCHEMA" ? one.Name : one.Kind == "EXTENSION" ? "" : one.Schema)
            .Concat(definition.Tables.Select(table => table.Table.Schema))
            .Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Everything, in order.</summary>
    public IReadOnlyList<RestoreObject> All { get; }

    /// <summary>Extensions that something needs, those that the target has included.</summary>
    public IReadOnlyList<string> Extensions { get; }

    /// <summary>What is made in the transaction of the swap: what refers to tables that are not restored.</summary>
    public IReadOnlyList<RestoreObject> Late { get; }

    /// <summary>Roles that must exist on the target.</summary>
    public IReadOnlyList<string> Roles { get; }

    /// <summary>Schemas that something is in.</summary>
    public IReadOnlyList<string> Schemas { get; }

    /// <summary>Statements that make a schema itself; none where the source has nothing to say about it, as about public.</summary>
    public IReadOnlyList<string> Create(string schema) =>
        [.. All.Where(one => one.Object.Kind == "SCHEMA" && one.Object.Name == schema)
            .SelectMany(one => schema == "public" ? [one.Sql[0], .. Public, .. one.Sql.Skip(1)] : one.Sql)];

    /// <summary>What is made before the rows, but for the schemas.</summary>
    public IEnumerable<RestoreObject> Before => All.Where(one => one.Object.Section == DumpSection.PreData && one.Object.Kind != "SCHEMA");

    /// <summary>What is made after the rows.</summary>
    public IEnumerable<RestoreObject> After => All.Where(one => one.Object.Section == DumpSection.PostData);

    private static bool IsPresent(DumpObject one, IReadOnlyCollection<string> extensions) =>
        one.Kind == "EXTENSION" ? extensions.Contains(one.Name)
        : one.Kind == "COMMENT" && one.Name.StartsWith("EXTENSION ", StringComparison.Ordinal)
            && extensions.Contains(one.Name["EXTENSION ".Length..].Trim('"'));
}
