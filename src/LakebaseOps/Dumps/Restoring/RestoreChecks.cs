using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Placing;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>What must hold before a byte moves.</summary>
internal static partial class RestoreChecks
{
    /// <summary>Versions and encodings fit.</summary>
    /// <exception cref="LakebaseException">RestoreNotPossible.</exception>
    public static async Task ServerAsync(
        NpgsqlConnection connection, DumpOrigin origin, PostgresSession target, bool force, Action<string> warn, CancellationToken cancellationToken)
    {
        int major = target.ServerVersion.Major;
        if (origin.Major > major)
        {
            string what = string.Create(CultureInfo.InvariantCulture,
                $"{origin.Label} is of PostgreSQL {origin.Major} and the target of {major}: what the older server does not know yet (options of tables, functions, types, forms of COPY) would fail");
            if (!force)
                throw Not(what, target.Database, "Restore to a server at least as new, or give -Force to try; nothing is replaced unless all of it succeeds.");
            warn($"{what}.");
        }

        IReadOnlyList<string> encoding = await Placement.ListAsync(
            connection, "SELECT current_setting('server_encoding')", cancellationToken).ConfigureAwait(false);
        if (encoding[0] is not ("UTF8" or "SQL_ASCII") && encoding[0] != origin.Encoding)
        {
            throw Not($"{origin.Label} is in {origin.Encoding} and the target in {encoding[0]}, which does not hold every character", target.Database,
                "Restore to a database in UTF8.");
        }
    }

    /// <summary>Names of schemas are given to schemas that there are, each its own; what goes on naming an old one is told.</summary>
    /// <exception cref="LakebaseException">RestoreNotPossible.</exception>
    public static void Map(RestoreSteps steps, RestoreOptions options, Func<string, string> final, string database, Action<string> warn)
    {
        if (options.SchemaMap is not { Count: > 0 } map)
            return;
        if (options.InPlace)
            throw Not("-InPlace makes objects by the names they have, so that -SchemaMap has no effect", database, "Leave out one of them.");
        string[] unknown = [.. map.Keys.Except(steps.Schemas)];
        if (unknown.Length > 0)
            throw Not($"-SchemaMap names schemas that are not restored: {string.Join(", ", unknown)}", database, $"There are: {string.Join(", ", steps.Schemas)}.");
        string[] twice = [.. steps.Schemas.GroupBy(final).Where(group => group.Count() > 1).Select(group => $"{string.Join(" and ", group)} as {group.Key}")];
        if (twice.Length > 0)
            throw Not($"Several schemas would have one name: {string.Join("; ", twice)}", database, "Give each its own with -SchemaMap.");
        Regex[] old = [.. map.Where(pair => pair.Key != pair.Value)
            .Select(pair => new Regex($@"(?<![\w$]){Regex.Escape(pair.Key)}(?![\w$])", RegexOptions.IgnoreCase))];
        string[] bodies = [.. steps.All
            .Where(one => one.Object.Kind is "FUNCTION" or "PROCEDURE" && Texts().Matches(one.Object.Sql).Any(text => old.Any(name => name.IsMatch(text.Value))))
            .Select(one => $"{one.Object.Schema}.{one.Object.Name}")];
        if (bodies.Length > 0)
            warn($"Bodies of functions are texts that stay as they are, and some name a schema that gets another name: {string.Join(", ", bodies)}.");
    }

    /// <summary>Roles exist.</summary>
    /// <exception cref="LakebaseException">RestoreNotPossible, naming those that do not.</exception>
    public static async Task RolesAsync(NpgsqlConnection connection, IReadOnlyList<string> roles, string database, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> missing = await Placement.ListAsync(
            connection, "SELECT name FROM unnest($1) AS wanted (name) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)", cancellationToken,
            (object)roles.ToArray()).ConfigureAwait(false);
        if (missing.Count > 0)
        {
            throw Not($"Roles that own something or get privileges do not exist on the target: {string.Join(", ", missing)}", database,
                "Create them, give others with -RoleMap, or leave out owners and privileges with -NoOwner -NoPrivileges.");
        }
    }

    /// <summary>Extensions can be made.</summary>
    /// <exception cref="LakebaseException">RestoreNotPossible, naming those that cannot.</exception>
    public static async Task ExtensionsAsync(NpgsqlConnection connection, RestoreSteps steps, string database, CancellationToken cancellationToken)
    {
        string[] wanted = [.. steps.All.Where(one => one.Object.Kind == "EXTENSION").Select(one => one.Object.Name)];
        IReadOnlyList<string> missing = await Placement.ListAsync(
            connection, "SELECT name FROM unnest($1) AS wanted (name) WHERE NOT EXISTS (SELECT FROM pg_available_extensions a WHERE a.name = wanted.name)",
            cancellationToken, (object)wanted).ConfigureAwait(false);
        if (missing.Count > 0)
            throw Not($"Extensions that the target's server does not offer: {string.Join(", ", missing)}", database, "Install them on the server, or leave out what needs them with -Schema.");
    }

    /// <summary>Nothing stands in the way.</summary>
    /// <exception cref="LakebaseException">RestoreNotPossible, naming what does.</exception>
    public static async Task PlaceAsync(NpgsqlConnection connection, Placement placement, bool inPlace, string database, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> obstacles = await placement.ObstaclesAsync(connection, cancellationToken).ConfigureAwait(false);
        if (obstacles.Count == 0)
            return;
        string list = string.Join("; ", obstacles.Take(10)) + (obstacles.Count > 10 ? string.Create(CultureInfo.InvariantCulture, $" and {obstacles.Count - 10} more") : "");
        throw inPlace
            ? Not($"There is already: {list}", database, "Leave out -InPlace to have them replaced when all is restored, or drop them.")
            : Not($"What would be replaced is needed elsewhere: {list}", database,
                "Restore these as well (-Table, or whole schemas), drop or move these objects, or restore beside what is there with -SchemaMap.");
    }

    /// <summary>A refusal.</summary>
    public static LakebaseException Not(string reason, string target, string remedy) =>
        new LakebaseError(ErrorIds.RestoreNotPossible, LakebaseErrorKind.InvalidState, $"{reason}.") { Target = target, Remedy = remedy }.ToException();

    // What the server takes as text: the body and the path to look names up in. All else of a function are references.
    [GeneratedRegex(@"\bAS\s+(?=E?'|\$).*|\bSET search_path\b[^\n]*", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Texts();
}
