using LakebaseOps.Dumps.Placing;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// Statistics that a table alone with its rows and indexes does not have yet: those of CREATE STATISTICS, which comes with everything else, and of
/// all children of a partitioned or inherited table together, which for the first of these no autovacuum makes, either.
/// </summary>
/// <param name="target">Where.</param>
internal sealed class LateStatistics(RestoreTarget target)
{
    private const string Wanting =
        """
        SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN unnest($1::text[], $2::text[]) AS own (schema, name) ON own.schema = n.nspname AND own.name = c.relname
        WHERE c.relkind IN ('r', 'p') AND ((c.relhassubclass AND NOT c.relispartition) OR EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = c.oid))
        ORDER BY c.relpages DESC, 1, 2
        """;

    /// <summary>Makes them.</summary>
    /// <param name="stages">The tables, also those that have no rows of their own.</param>
    /// <param name="workers">How many at once.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task MakeAsync(IReadOnlyList<TableName> stages, int workers, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableName> tables = await target.UseAsync((connection, token) => ReadAsync(connection, stages, token), cancellationToken).ConfigureAwait(false);
        using WorkQueue queue = new();
        foreach (TableName table in tables)
            queue.Add(0, token => new TableCare(target, table).AnalyzeAsync($"analyze more {table}", token));
        await queue.RunAsync(workers, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<TableName>> ReadAsync(NpgsqlConnection connection, IReadOnlyList<TableName> stages, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(Wanting, connection)
        {
            Parameters = { new() { Value = stages.Select(table => table.Schema).ToArray() }, new() { Value = stages.Select(table => table.Name).ToArray() } },
        };
        List<TableName> tables = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                tables.Add(new TableName(row.GetString(0), row.GetString(1)));
        }

        return tables;
    }
}
