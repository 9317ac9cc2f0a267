using System.Globalization;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// What ties restored tables to others: made in the transaction of the swap, when all names mean what they are to mean. Foreign keys are made
/// without a look at the rows, and proved afterwards, when nobody waits for it; until then the books say which are due.
/// </summary>
internal static class LateObjects
{
    private const string Due = "due ";

    /// <summary>Makes them, and enters which foreign keys are to be proved; in the caller's transaction.</summary>
    public static async Task MakeAsync(
        NpgsqlConnection connection, RestoreRequest request, RestoreSteps steps, Placement placement, Guid id, CancellationToken cancellationToken)
    {
        List<(string Table, string Name)> due =
            [.. placement is TablePlacement tables ? tables.Remade.Where(key => key.IsProved).Select(key => (key.Table, key.Name)) : []];
        if (steps.Late.Count > 0)
        {
            HashSet<TableName> whole = [.. request.Definition.Tables.Select(table => table.Table)];
            string[] schemas = [.. steps.Late.SelectMany(one => one.Object.Needs.Select(table => table.Schema).Append(one.Object.Schema)).Distinct()];
            IReadOnlyList<string> leave = await new SchemaNames(id, schemas.Select(schema => (schema, request.Final(schema))))
                .EnterAsync(connection, cancellationToken).ConfigureAwait(false);
            foreach (RestoreObject one in steps.Late)
            {
                string sql = one.Sql[0].TrimEnd().TrimEnd(';');
                bool isDue = one.Object.Kind == "FK CONSTRAINT" && whole.Contains(one.Object.Relation!) && !sql.EndsWith(" NOT VALID", StringComparison.Ordinal);
                await Restore.MakeAsync(connection, isDue ? one with { Sql = [$"{sql} NOT VALID;", .. one.Sql.Skip(1)] } : one, cancellationToken).ConfigureAwait(false);
                if (isDue)
                    due.Add((placement.Final(one.Object.Relation!).ToSql(), one.Object.Name[(one.Object.Relation!.Name.Length + 1)..]));
            }

            await Placement.RunAsync(connection, leave, cancellationToken).ConfigureAwait(false);
        }

        foreach ((string table, string name) in due)
        {
            using NpgsqlCommand command = new("SELECT oid FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2", connection)
            { Parameters = { new() { Value = table }, new() { Value = name } } };
            uint oid = (uint)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            await RestoreLedger.DoneAsync(connection, id, string.Create(CultureInfo.InvariantCulture, $"{Due}{oid}"), RestoreStep.None, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Proves foreign keys that are due. One that does not hold stays as it is, for new rows alone, and is told.</summary>
    public static async Task ProveAsync(RestoreTarget target, IOperationSink sink, CancellationToken cancellationToken)
    {
        Dictionary<string, RestoreStep> steps = await target.UseAsync(
            (connection, token) => RestoreLedger.StepsAsync(connection, target.Id, token), cancellationToken).ConfigureAwait(false);
        foreach (string step in steps.Keys.Where(step => step.StartsWith(Due, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            string label = "A foreign key";
            try
            {
                await Patience.RunAsync(
                    new TableName(target.Session.Database, "*"), sink,
                    () => target.TransactAsync(
                        async (connection, token) =>
                        {
                            await Patience.BeginTurnAsync(connection, token).ConfigureAwait(false);
                            IReadOnlyList<string> found = await Placement.ListAsync(
                                connection,
                                "SELECT unnest(ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname), format('%s of %s', conname, conrelid::regclass)]) "
                                + "FROM pg_constraint WHERE oid = $1 AND contype = 'f' AND NOT convalidated",
                                token, long.Parse(step.AsSpan(Due.Length), CultureInfo.InvariantCulture)).ConfigureAwait(false);
                            label = found.Count > 1 ? found[1] : label;
                            await Placement.RunAsync(connection, found.Take(1), token).ConfigureAwait(false);
                            return true;
                        },
                        waits: false, cancellationToken),
                    cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException broken) when (broken.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                sink.Warn($"Foreign key {label} does not hold and stays NOT VALID: {broken.MessageText}. {broken.Detail}");
            }

            await target.TransactAsync(
                async (connection, token) =>
                {
                    await RestoreLedger.UndoneAsync(connection, target.Id, [step], token).ConfigureAwait(false);
                    return true;
                },
                waits: false, cancellationToken).ConfigureAwait(false);
        }
    }
}
