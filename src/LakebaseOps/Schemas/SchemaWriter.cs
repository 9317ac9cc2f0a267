using Npgsql;

namespace LakebaseOps.Schemas;

/// <summary>Makes tables within one transaction of the caller.</summary>
internal sealed class SchemaWriter(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    /// <summary>Creates the schemas that do not exist.</summary>
    public async Task CreateSchemasAsync(IEnumerable<string> schemas)
    {
        // Asked first: CREATE SCHEMA IF NOT EXISTS wants a privilege on the database even when there is nothing to do.
        foreach (string schema in schemas)
        {
            NpgsqlCommand ask = new("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", connection);
            ask.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
            await using (ask.ConfigureAwait(false))
            {
                if (!(bool)(await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
                    await ExecuteAsync([$"CREATE SCHEMA {TableName.Quote(schema)}"]).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Lets names without a schema mean those beside the table, then those of public.</summary>
    public Task LookInAsync(string schema) =>
        ExecuteAsync([$"SET LOCAL search_path = {TableName.Quote(schema)}, public"]);

    /// <summary>Runs statements in order.</summary>
    public async Task ExecuteAsync(IReadOnlyList<string> statements)
    {
        foreach (string statement in statements)
        {
            NpgsqlCommand command = new(statement, connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// How the server reads a definition: made as a temporary table, read and taken back. Foreign keys are left out, since
    /// they would lock the tables that they refer to.
    /// </summary>
    public async Task<TableDefinition> NormalizeAsync(TableDefinition table)
    {
        TableScript script = TableBuilder.Script(table with { Name = new TableName("pg_temp", table.Name.Name) });
        await ExecuteAsync(["SAVEPOINT lakebase_ops_shape", script.Table, .. script.Keys]).ConfigureAwait(false);
        NpgsqlCommand ask = new("SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()", connection);
        await using (ask.ConfigureAwait(false))
        {
            string schema = (string)(await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            TableDefinition shape = await TableCatalog
                .ReadAsync(connection, new TableName(schema, table.Name.Name), cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(["ROLLBACK TO SAVEPOINT lakebase_ops_shape"]).ConfigureAwait(false);
            return shape with
            {
                Name = table.Name,
                Comment = table.Comment,
                Columns = [.. shape.Columns.Zip(table.Columns, (read, asked) => read with { Comment = asked.Comment })],
            };
        }
    }
}
