using LakebaseOps.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Dumps.Placing;

/// <summary>
/// Lets schemas of the target bear the names that the source's statements call them, for as long as a transaction of the caller's needs it.
/// </summary>
/// <param name="restore">Id of the restore.</param>
/// <param name="schemas">Names in the statements, and on the target.</param>
internal sealed class SchemaNames(Guid restore, IEnumerable<(string Name, string Final)> schemas)
{
    private readonly (string Name, string Final)[] _mapped = [.. schemas.Where(schema => schema.Name != schema.Final)];

    /// <summary>Renames; answers how to rename back.</summary>
    public async Task<IReadOnlyList<string>> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_mapped.Length == 0)
            return [];
        IReadOnlyList<string> live = await LiveAsync(
            connection, [.. _mapped.SelectMany(schema => new[] { schema.Name, schema.Final }).Distinct()], cancellationToken).ConfigureAwait(false);
        (string Name, string Final)[] both = [.. _mapped.Where(schema => live.Contains(schema.Final))];
        await Placement.RunAsync(
            connection, [.. live.Select(name => Rename(name, Aside(name))), .. both.Select(schema => Rename(Aside(schema.Final), schema.Name))], cancellationToken).ConfigureAwait(false);
        return [.. both.Select(schema => Rename(schema.Name, Aside(schema.Final))), .. live.Select(name => Rename(Aside(name), name))];
    }

    /// <summary>Those of some schemas that exist.</summary>
    public static Task<IReadOnlyList<string>> LiveAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellationToken) => Placement.ListAsync(
        connection, "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1) ORDER BY 1", cancellationToken, (object)names);

    /// <summary>A statement that renames a schema.</summary>
    public static string Rename(string from, string to) => $"ALTER SCHEMA {TableName.Quote(from)} RENAME TO {TableName.Quote(to)}";

    private string Aside(string name) => Placement.Name(name, "keep", restore);
}
