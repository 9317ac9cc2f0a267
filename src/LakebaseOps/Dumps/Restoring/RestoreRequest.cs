using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>What is wanted of a source, with the options' wildcards resolved.</summary>
internal sealed class RestoreRequest
{
    public RestoreRequest(IDumpSource source, RestoreOptions options)
    {
        (Source, Options) = (source, options);
        Definition = Select(source.Definition, options);
        Key = Seal();
    }

    private RestoreRequest(RestoreRequest all, PresentObjects present)
    {
        (Source, Options, Limits, Key, Present) = (all.Source, all.Options, all.Limits, all.Key, present);
        Definition = DefinitionSubset.Of(Source.Definition, Selection(Options), present);
        HashSet<TableName> made = [.. Definition.Objects.Select(one => one.Relation).OfType<TableName>()];
        // A partition cannot be put into a table that is not replaced with it.
        bool IsPossible(DumpObject one) => one.Kind is not ("TABLE ATTACH" or "INDEX ATTACH") && one.Needs.All(table => made.Contains(table) || present.Sees(table));
        HashSet<string> possible = [.. Definition.Cut.Where(IsPossible).Select(one => one.Key)];
        Late = [.. Definition.Cut.Where(one => possible.Contains(one.Key) && one.Kind != "COMMENT" || one.Kind == "COMMENT" && one.NeedsObjects.Any(possible.Contains))];
        string[] names = [.. Late.Select(one => $"{one.Kind.ToLowerInvariant()} {one.Schema}.{one.Name}: ")];
        Definition = Definition with { Left = [.. Definition.Left.Where(line => !names.Any(name => line.StartsWith(name, StringComparison.Ordinal)))] };
    }

    /// <summary>Where it comes from.</summary>
    public IDumpSource Source { get; }

    /// <summary>How.</summary>
    public RestoreOptions Options { get; }

    /// <summary>The objects and tables that are wanted.</summary>
    public DatabaseDefinition Definition { get; }

    /// <summary>What ties restored tables to others that the target has; made in the transaction of the swap.</summary>
    public IReadOnlyList<DumpObject> Late { get; } = [];

    /// <summary>What chosen tables need and the target has, which stays; null before that is known, and for whole schemas.</summary>
    public PresentObjects? Present { get; }

    /// <summary>True where tables are chosen: all else in their schemas stays as it is.</summary>
    public bool IsSelective => Options.Table is { Count: > 0 };

    /// <summary>From which sizes on a table is worked on in pieces.</summary>
    public RestoreLimits Limits { get; init; } = new();

    /// <summary>True when the rows of a later call would be of another moment.</summary>
    public bool IsLive => Source.Id.StartsWith("live ", StringComparison.Ordinal);

    /// <summary>Tells whether an unfinished restore was of the same objects, made in the same way.</summary>
    public string Key { get; }

    private static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>();

    /// <summary>What a schema is called in the end.</summary>
    public string Final(string schema) => (Options.SchemaMap ?? Empty).GetValueOrDefault(schema, schema);

    /// <summary>The request without what the target has already.</summary>
    public RestoreRequest Without(PresentObjects present) => new(this, present);

    private string Seal()
    {
        StringBuilder text = new();
        // Where sequences stand changes all the time and is set at the end.
        foreach (DumpObject one in Definition.Objects.Where(one => one.Kind != "SEQUENCE SET"))
            text.Append(one.Sql).Append('\0').Append(one.OwnerSql).Append('\0');
        foreach (DumpTable table in Definition.Tables)
            text.Append(table.Table.ToSql()).Append(string.Join('\0', table.Columns)).Append('\0');
        foreach (KeyValuePair<string, string> pair in (Options.SchemaMap ?? Empty).Concat(Options.RoleMap ?? Empty).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(pair.Key).Append('=').Append(pair.Value).Append('\0');
        text.Append(Options.NoOwner).Append(Options.NoPrivileges).Append(Options.InPlace);
        if (IsSelective)
            text.Append("\0tables");
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static DumpSelection Selection(RestoreOptions options) => new() { Schemas = options.Schema ?? [], Tables = options.Table ?? [] };

    private static DatabaseDefinition Select(DatabaseDefinition all, RestoreOptions options)
    {
        if (options.Table is { Count: > 0 })
            return DefinitionSubset.Of(all, Selection(options));
        if (options.Schema is { Count: > 0 } schemas)
        {
            bool Wanted(string name) => schemas.Any(pattern => Wildcard.Matches(pattern, name));
            all = all with
            {
                Objects = [.. all.Objects.Where(one => one.Kind switch
                {
                    "SCHEMA" => Wanted(one.Name),
                    "EXTENSION" => true,
                    _ => one.Schema.Length == 0 ? one.Kind == "COMMENT" : Wanted(one.Schema),
                })],
                Tables = [.. all.Tables.Where(table => Wanted(table.Table.Schema))],
            };
            if (all.Objects.All(one => one.Kind is "EXTENSION" or "COMMENT") && all.Tables.Count == 0)
                throw Nothing(string.Join(", ", schemas));
        }

        return all;
    }

    private static LakebaseException Nothing(string what) =>
        new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"The source holds nothing that matches {what}.")
        { Target = what, Remedy = "Get-LakebaseDump lists what a dump holds." }.ToException();
}
