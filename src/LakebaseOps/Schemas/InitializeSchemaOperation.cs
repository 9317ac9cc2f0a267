using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Schemas;

/// <summary>
/// Initialize-LakebaseSchema: creates tables with their keys and indexes, all or none. A table that exists must be equal
/// to the wanted one; nothing that exists is ever changed.
/// </summary>
[Command("Initialize-LakebaseSchema", Writes = true)]
public sealed class InitializeSchemaOperation(LakebaseSession session, InitializeSchemaOptions options) : Operation
{
    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableDefinition> wanted = await WantedAsync(cancellationToken).ConfigureAwait(false);
        List<string> steps = [];
        int missing = 0;
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (TableDefinition table in wanted)
            {
                bool exists = await TableCatalog.FindAsync(connection, table.Name, cancellationToken).ConfigureAwait(false) is not null;
                missing += exists ? 0 : 1;
                steps.AddRange(exists ? [$"Compare {table.Name} with its definition"] : TableBuilder.CreateSql(table).Select(OneLine));
            }
        }

        string others = missing < wanted.Count ? $", compare {wanted.Count - missing} with their definition" : "";
        return new OperationPlan($"{session.Name}: {Named(wanted)}", $"Create {missing} tables{others}") { Steps = steps };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableDefinition> wanted = await WantedAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            HashSet<TableName> created = [];
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                created = await CreateAsync(connection, wanted, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (TableDefinition table in wanted)
            {
                TableDefinition actual = await TableCatalog.ReadAsync(connection, table.Name, cancellationToken).ConfigureAwait(false);
                await sink.EmitAsync(Result(actual, created.Contains(table.Name)), cancellationToken).ConfigureAwait(false);
            }

            sink.Milestone($"{created.Count} tables created, {wanted.Count - created.Count} there already");
        }
    }

    private static async Task<HashSet<TableName>> CreateAsync(
        NpgsqlConnection connection, IReadOnlyList<TableDefinition> wanted, CancellationToken cancellationToken)
    {
        SchemaWriter writer = new(connection, cancellationToken);
        HashSet<TableName> created = [];
        List<(TableName Table, IReadOnlyList<string> Differences)> different = [];
        await writer.CreateSchemasAsync(wanted.Select(table => table.Name.Schema).Distinct()).ConfigureAwait(false);
        foreach (TableDefinition table in wanted)
        {
            TableDefinition? actual = await TableCatalog.FindAsync(connection, table.Name, cancellationToken).ConfigureAwait(false);
            await writer.LookInAsync(table.Name.Schema).ConfigureAwait(false);
            if (actual is null)
            {
                TableScript script = TableBuilder.Script(table);
                await writer.ExecuteAsync([script.Table, .. script.Keys]).ConfigureAwait(false);
                created.Add(table.Name);
                continue;
            }

            TableDefinition shape = await writer.NormalizeAsync(table).ConfigureAwait(false);
            IReadOnlyList<string> differences = TableDifference.Between(table, shape, actual);
            if (differences.Count > 0)
                different.Add((table.Name, differences));
        }

        if (different.Count > 0)
            throw Different(different);

        // Now that all tables are there, in whatever order they refer to each other.
        foreach (TableDefinition table in wanted.Where(table => created.Contains(table.Name)))
        {
            TableScript script = TableBuilder.Script(table);
            await writer.LookInAsync(table.Name.Schema).ConfigureAwait(false);
            await writer.ExecuteAsync([.. script.ForeignKeys, .. script.Comments]).ConfigureAwait(false);
        }

        return created;
    }

    private async Task<IReadOnlyList<TableDefinition>> WantedAsync(CancellationToken cancellationToken)
    {
        string schema = options.Schema ?? "public";
        IReadOnlyList<TableDefinition> wanted =
        [
            .. await DdlFiles.ReadAsync(options.Path, schema, cancellationToken).ConfigureAwait(false),
            .. options.Definition.Select(table => options.Schema is null ? table : table with { Name = new TableName(schema, table.Name.Name) }),
            .. options.Workload == FeatureWorkload.Fraud ? FraudWorkload.Tables.Select(table => table.Definition(schema)) : [],
        ];
        if (wanted.Count == 0)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "No table was asked for.")
            { Remedy = "Give DDL files with CREATE TABLE, definitions, or -Workload Fraud." }.ToException();
        }

        if (wanted.GroupBy(table => table.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument, $"Table {twice.Key} is asked for twice.")
            { Target = twice.Key.ToString(), Remedy = "Name each table once, or give one of them another schema." }.ToException();
        }

        return wanted;
    }

    private SchemaResult Result(TableDefinition table, bool isNew) => new()
    {
        Table = table.Table,
        Status = isNew ? "Created" : "AlreadyThere",
        Columns = table.Columns.Count,
        Indexes = table.Indexes.Count,
        Constraints = table.Constraints.Count,
        Session = session.Name,
    };

    private static LakebaseException Different(List<(TableName Table, IReadOnlyList<string> Differences)> different)
    {
        string first = string.Join("; ", different[0].Differences);
        string more = different.Count == 1 ? "" : $" {different.Count - 1} more tables differ: {string.Join(", ", different.Skip(1).Select(one => one.Table))}.";
        return new LakebaseError(ErrorIds.TableDiffers, LakebaseErrorKind.Exists,
            $"Table {different[0].Table} exists with another definition: {first}.{more} Nothing was created.")
        {
            Target = different[0].Table.ToString(),
            Remedy = "Correct the DDL, change or rename the table, or choose another -Schema.",
        }.ToException();
    }

    private static string OneLine(string statement) =>
        string.Join(' ', statement.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static string Named(IReadOnlyList<TableDefinition> tables) =>
        tables.Count == 1 ? tables[0].Table : $"{tables[0].Table} and {tables.Count - 1} more";
}
