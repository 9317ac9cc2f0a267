using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Get-LakebaseWorkload: a workload derived from the live schema.</summary>
[Command("Get-LakebaseWorkload", Writes = false)]
public sealed class GetWorkloadOperation(LakebaseSession session, GetWorkloadOptions options) : Operation
{
    // Where the module keeps tables of its own.
    private const string OwnSchema = "lakebase_ops";

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, "Derive a workload from the tables there are"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            LakebaseWorkload? given = options.Workload is null ? null
                : await WorkloadFile.ResolveAsync(options.Workload, cancellationToken).ConfigureAwait(false);
            FeatureOptions asked = given is null && options.Table.Count == 0
                ? options with { Table = await EveryTableAsync(sink, connection, cancellationToken).ConfigureAwait(false) }
                : options;
            FeatureSelection selection = await FeatureSelection.ReadAsync(connection, asked, cancellationToken).ConfigureAwait(false);
            if (given is null && options.Entity.Count == 0)
                selection = EntityNames.Derive(selection);
            // As a request would read it: what could not be read is refused here and not at the first request.
            FeaturePlan plan = FeaturePlan.Create(selection);
            LakebaseWorkload workload = new()
            {
                Name = options.Name ?? given?.Name ?? connection.Database,
                Entities = [.. plan.Entities.Select((entity, index) => Entity(plan, entity.Name, index))],
                Requests = [.. (given?.Requests ?? []).Where(request => plan.Requests.Any(kind => kind.Name == request.Name))],
                SlaP99Ms = given?.SlaP99Ms,
            };
            WorkloadChecks.Demand(workload, workload.Name);
            await sink.EmitAsync(workload, cancellationToken).ConfigureAwait(false);
        }
    }

    private static WorkloadEntity Entity(FeaturePlan plan, string name, int entity)
    {
        FeatureTable[] tables = [.. plan.Tables.Where(table => table.Entity == entity)];
        string[] keys = [.. tables.Select(table => table.Key.Name).Distinct()];
        return new WorkloadEntity
        {
            Name = name,
            // Tables whose keys are named differently each go by their primary key.
            KeyColumn = keys.Length == 1 ? keys[0] : null,
            Tables = [.. tables.Select(table => table.Name.ToString())],
        };
    }

    private async Task<IReadOnlyList<string>> EveryTableAsync(
        IOperationSink sink, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> names = [];
        foreach (TableDefinition table in await TableCatalog.ListAsync(connection, null, null, cancellationToken).ConfigureAwait(false))
        {
            if (table.Name.Schema == OwnSchema)
                continue;
            ColumnDefinition? key = options.KeyColumn is null
                ? FeaturePlan.KeyOf(table)
                : table.Columns.FirstOrDefault(column => column.Name == options.KeyColumn);
            if (key is not null && Keys.KindOf(FeatureColumn.Of(key)) is not null)
                names.Add(table.Name.ToString());
            else
                sink.Trace($"{table.Name} is left out: it has no key of one column.");
        }

        return names.Count > 0
            ? names
            : throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound,
                $"Database '{connection.Database}' has no table with a key of one column.")
            { Target = connection.Database, Remedy = "Create and load the feature tables, or name the key with -KeyColumn." }.ToException();
    }
}
