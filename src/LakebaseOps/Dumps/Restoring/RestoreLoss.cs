using System.Globalization;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>What lies in schemas that are to be replaced and has nothing in its place afterwards: with these schemas it would be lost.</summary>
internal static class RestoreLoss
{
    private const int Named = 10;
    private const string Relation = "table, view or sequence";

    // Neither what belongs to an extension, which moves over, nor what comes and goes with something else.
    private const string Present =
        """
        SELECT 'table, view or sequence', nspname, relname, c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = ANY($1) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND (d.deptype = 'e' OR (relkind = 'S' AND d.deptype IN ('a', 'i'))))
        UNION ALL
        SELECT 'function', nspname, proname, p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE nspname = ANY($1) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
        UNION ALL
        SELECT 'type', nspname, typname, t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace LEFT JOIN pg_class c ON c.oid = typrelid
        WHERE nspname = ANY($1) AND (typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
        ORDER BY 1 DESC, 2, 3
        """;

    /// <summary>Refuses to lose anything.</summary>
    /// <param name="connection">On the target.</param>
    /// <param name="request">What is restored.</param>
    /// <param name="schemas">Schemas that are replaced, as they are called there.</param>
    /// <param name="database">The target, for the error.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LakebaseException">RestoreNotPossible, naming what would be lost.</exception>
    public static async Task CheckAsync(
        NpgsqlConnection connection, RestoreRequest request, IEnumerable<string> schemas, string database, CancellationToken cancellationToken)
    {
        // In place nothing is replaced, and what is kept is not lost. Chosen tables leave all else.
        if (request.IsSelective || request.Options.InPlace || request.Options.KeepPrevious)
            return;
        IReadOnlyList<string> lost = await ListAsync(connection, request, schemas.Select(schema => (schema, schema)), cancellationToken).ConfigureAwait(false);
        if (lost.Count > 0)
        {
            throw RestoreChecks.Not(
                $"What is restored replaces whole schemas, in which it has nothing for: {Text(lost)}", database,
                "-KeepPrevious keeps all of it in a schema that the result names; -SchemaMap restores beside it; -InPlace adds to what is there; or drop it yourself.");
        }
    }

    /// <summary>What has no successor.</summary>
    /// <param name="connection">On the target.</param>
    /// <param name="request">What is restored.</param>
    /// <param name="schemas">Schemas as they are called now, with the names of those in their place.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<string>> ListAsync(
        NpgsqlConnection connection, RestoreRequest request, IEnumerable<(string Now, string Final)> schemas, CancellationToken cancellationToken)
    {
        Dictionary<string, string> finals = schemas.ToDictionary(schema => schema.Now, schema => schema.Final);
        ILookup<(string What, string Schema), string> made = request.Definition.Objects
            .Select(one => (Key: (Of(one.Kind), request.Final(one.Schema)), one.Name))
            .Concat(request.Definition.Objects.Select(one => one.Relation).OfType<TableName>().Concat(request.Definition.Tables.Select(table => table.Table))
                .Select(table => (Key: (Relation, request.Final(table.Schema)), table.Name)))
            .ToLookup(one => one.Key, one => one.Name);
        List<string> lost = [];
        using NpgsqlCommand command = new(Present, connection) { Parameters = { new() { Value = finals.Keys.ToArray() } } };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                string name = reader.GetString(2);
                if (!made[(reader.GetString(0), finals[reader.GetString(1)])].Any(one => Is(one, name) || Is(one, TableName.Quote(name))))
                    lost.Add($"{reader.GetString(0)} {reader.GetString(3)}");
            }
        }

        return lost;
    }

    /// <summary>The first of them, as a text.</summary>
    public static string Text(IReadOnlyList<string> lost) =>
        string.Join("; ", lost.Take(Named)) + (lost.Count > Named ? string.Create(CultureInfo.InvariantCulture, $" and {lost.Count - Named} more") : "");

    private static string Of(string kind) => kind switch
    {
        "TABLE" or "VIEW" or "MATERIALIZED VIEW" or "SEQUENCE" or "FOREIGN TABLE" => Relation,
        "FUNCTION" or "PROCEDURE" or "AGGREGATE" => "function",
        "TYPE" or "DOMAIN" => "type",
        _ => "",
    };

    // A function is called by its arguments, too.
    private static bool Is(string made, string name) =>
        made.StartsWith(name, StringComparison.Ordinal) && (made.Length == name.Length || made[name.Length] == '(');
}
