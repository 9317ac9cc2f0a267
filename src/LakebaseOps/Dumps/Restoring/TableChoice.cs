using System.Text.RegularExpressions;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// Settles what a restore of chosen tables makes besides them: of the types, functions, sequences and tables that they need, those that the
/// target has not. What it has must be the same, and stays.
/// </summary>
internal static partial class TableChoice
{
    private static readonly DumpSelection Nothing = new() { Tables = ["\u0001"] };

    /// <summary>The request without what the target has.</summary>
    /// <exception cref="LakebaseException">RestoreNotPossible: something has the name of what is needed and is not the same.</exception>
    public static async Task<RestoreRequest> SettleAsync(
        NpgsqlConnection connection, RestoreRequest request, bool allowInconsistent, string database, CancellationToken cancellationToken)
    {
        if (!request.IsSelective)
            return request;
        IReadOnlyList<RestoreEntry> begun = request.Options.Restart ? [] : await RestoreLedger.UnfinishedAsync(connection, cancellationToken).ConfigureAwait(false);
        // One that goes on makes what it had begun to make, which may be there by now.
        if (begun.FirstOrDefault(entry => entry.Key == request.Key && (entry.Source == request.Source.Id || allowInconsistent)) is RestoreEntry former)
            return request.Without(new PresentObjects((await RestoreLedger.StepsAsync(connection, former.Id, cancellationToken).ConfigureAwait(false)).Keys.ToHashSet()));

        string[] schemas = [.. new RestoreSteps(request.Definition, request.Options, [], []).Schemas
            .Concat(request.Definition.Cut.SelectMany(one => one.Needs).Select(table => table.Schema)).Distinct()];
        await Placement.RunAsync(connection, ["BEGIN"], cancellationToken).ConfigureAwait(false);
        await new SchemaNames(Guid.NewGuid(), schemas.Select(schema => (schema, request.Final(schema)))).EnterAsync(connection, cancellationToken).ConfigureAwait(false);
        HashSet<string> there = [.. await RelationsAsync(connection, schemas, cancellationToken).ConfigureAwait(false)];
        ILookup<string, DumpObject> live = Enumerable.Empty<DumpObject>().ToLookup(one => one.BareKey);
        if (request.Definition.Objects.Any(one => one.Relation is null && one.Kind is not ("SCHEMA" or "EXTENSION" or "COMMENT" or "ACL")))
        {
            (DatabaseDefinition whole, _) = await CatalogDefinitionReader.ReadAsync(connection, Nothing, cancellationToken).ConfigureAwait(false);
            live = whole.Objects.Where(one => one.Relation is null).ToLookup(one => one.BareKey);
            there.UnionWith(live.SelectMany(objects => objects).Select(PresentObjects.Mark));
        }

        await Placement.RunAsync(connection, ["ROLLBACK"], cancellationToken).ConfigureAwait(false);
        RestoreRequest settled = request.Without(new PresentObjects(there));
        string[] others = [.. settled.Present!.Objects
            .Where(one => !live[one.BareKey].Any(other => Plain(other.Sql) == Plain(one.Sql)))
            .Select(one => $"{one.Kind.ToLowerInvariant()} {request.Final(one.Schema)}.{one.Name}")];
        if (others.Length > 0)
        {
            throw RestoreChecks.Not($"The tables need what the target has in another form: {string.Join("; ", others)}", database,
                "Make these on the target as they are in the source, drop them, or restore to another schema with -SchemaMap.");
        }

        return settled;
    }

    /// <summary>What would be done, for people.</summary>
    public static IEnumerable<string> Describe(RestoreRequest request, IReadOnlyList<string> replaced, IReadOnlyList<string> incoming)
    {
        if (!request.IsSelective)
            yield break;
        if (replaced.Count > 0)
            yield return $"Replaced: {string.Join(", ", replaced)}";
        string[] kept = [.. request.Present!.Tables.Select(table => (table with { Schema = request.Final(table.Schema) }).ToString())
            .Concat(request.Present.Objects.Select(one => $"{one.Kind.ToLowerInvariant()} {request.Final(one.Schema)}.{one.Name}"))];
        if (kept.Length > 0)
            yield return $"Needed, and kept as it is: {string.Join(", ", kept)}";
        if (incoming.Count > 0)
            yield return $"Foreign keys of other tables, made anew: {string.Join(", ", incoming)}";
        yield return "All else stays as it is";
    }

    private static async Task<IEnumerable<string>> RelationsAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        List<string> marks = [];
        using NpgsqlCommand command = new(
            "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ANY($1) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')", connection)
        {
            Parameters = { new() { Value = schemas } },
        };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                marks.Add(PresentObjects.Mark(new TableName(reader.GetString(0), reader.GetString(1))));
        }

        return marks;
    }

    private static string Plain(string sql) => Spaces().Replace(sql, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
