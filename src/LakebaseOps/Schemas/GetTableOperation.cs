using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Schemas;

/// <summary>Get-LakebaseTable.</summary>
[Command("Get-LakebaseTable")]
public sealed class GetTableOperation(LakebaseSession session, GetTableOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, "Read the definitions of tables"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        HashSet<TableName> shown = [];
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (string wanted in options.Table.Count == 0 ? ["*"] : options.Table)
            {
                // A name without a schema is looked for in every schema, unless the options name one.
                TableName pattern = TableName.Parse(wanted, "*");
                string? schema = pattern.Schema == "*" ? options.Schema : pattern.Schema;
                IReadOnlyList<TableDefinition> found = await TableCatalog
                    .ListAsync(connection, schema, pattern.Name, cancellationToken).ConfigureAwait(false);
                if (found.Count == 0 && !Wildcard.IsPattern(pattern.Name))
                    sink.Fail(TableCatalog.Missing(connection, schema is null ? wanted : $"{schema}.{pattern.Name}"));
                foreach (TableDefinition table in found.Where(table => shown.Add(table.Name)))
                {
                    long? rows = options.Exact ? await CountAsync(connection, table.Name, cancellationToken).ConfigureAwait(false) : null;
                    await sink.EmitAsync(table with { ExactRows = rows, Session = session.Name }, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        NpgsqlCommand count = new($"SELECT count(*) FROM {table.ToSql()}", connection) { CommandTimeout = 0 };
        await using (count.ConfigureAwait(false))
            return (long)(await count.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
