using System.Text.Json;
using LakebaseOps.Indexing;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Loading.Appending;

/// <summary>
/// Drops the secondary indexes of a table for the time of a load and builds them again. Their definitions are written into the
/// ledger in the transaction that drops them and struck out one by one as each is back, so whatever dies in between, the
/// next call knows what is missing; and no load can be struck out of the books while one is.
/// </summary>
internal sealed class DroppedIndexes(TableName table, LoadLedger ledger, LoadConnections connections, IOperationSink sink)
{
    /// <summary>Drops, unless an earlier call has done so.</summary>
    public Task<int> DropAsync(IReadOnlyList<IndexDefinition> indexes, CancellationToken cancellationToken) => ledger.RunAsync(
        (connection, token) => Patience.RunAsync(table, sink, () => DropAsync(connection, indexes, token), token), cancellationToken);

    /// <summary>What is missing now.</summary>
    public Task<IReadOnlyList<IndexDefinition>> ListAsync(CancellationToken cancellationToken) => ledger.RunAsync<IReadOnlyList<IndexDefinition>>(
        async (connection, token) =>
        {
            List<IndexDefinition> missing = [];
            using NpgsqlCommand command = new(
                "SELECT definition::text FROM lakebase_ops.load_index WHERE load_id = $1 ORDER BY index_name", connection)
            {
                Parameters = { new() { Value = ledger.LoadId } },
            };
            NpgsqlDataReader row = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(token).ConfigureAwait(false))
                    missing.Add(JsonSerializer.Deserialize<IndexDefinition>(row.GetString(0))!);
            }

            return missing;
        },
        cancellationToken);

    /// <summary>Builds all that is missing, without keeping anybody from writing; answers how many.</summary>
    public async Task<int> RestoreAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<IndexDefinition> missing = await ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (IndexDefinition index in missing)
        {
            IndexBuildSettings settings = new() { Concurrently = true, Planned = true, ParentActivity = $"Loading {table}" };
            await LoadIndex.BuildAsync(connections, table, index, index.Name, settings, sink, cancellationToken).ConfigureAwait(false);
            await ledger.RunAsync((connection, token) => StrikeAsync(connection, index, token), cancellationToken).ConfigureAwait(false);
        }

        return missing.Count;
    }

    private async Task<int> DropAsync(NpgsqlConnection connection, IReadOnlyList<IndexDefinition> indexes, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await Patience.BeginTurnAsync(connection, cancellationToken).ConfigureAwait(false);
            using (NpgsqlCommand enter = new(
                """
                SELECT EXISTS (SELECT FROM lakebase_ops.load_index WHERE load_id = $1)
                FROM lakebase_ops.load_table WHERE load_id = $1 AND lease = $2 AND status = 'Loading' FOR UPDATE
                """, connection) { Parameters = { new() { Value = ledger.LoadId }, new() { Value = ledger.Lease } } })
            {
                switch (await enter.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))
                {
                    case null:
                        throw LoadLedger.TakenOver(table);
                    case true:
                        return 0;
                }
            }

            await ExecuteAsync(connection, $"LOCK TABLE {table.ToSql()} IN ACCESS EXCLUSIVE MODE", cancellationToken).ConfigureAwait(false);
            foreach (IndexDefinition index in indexes)
            {
                string name = (table with { Name = index.Name }).ToSql();
                using NpgsqlCommand note = new(
                    """
                    INSERT INTO lakebase_ops.load_index (load_id, index_name, definition, statistics)
                    SELECT $1, $2, $3::jsonb, ARRAY(SELECT format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', $4, attnum, attstattarget)
                        FROM pg_attribute WHERE attrelid = $4::regclass AND coalesce(attstattarget, -1) >= 0)
                    """, connection)
                {
                    Parameters =
                    {
                        new() { Value = ledger.LoadId }, new() { Value = index.Name }, new() { Value = JsonSerializer.Serialize(index) },
                        new() { Value = name, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                    },
                };
                await note.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(connection, $"DROP INDEX {name}", cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return indexes.Count;
        }
    }

    /// <summary>Gives a rebuilt index its comment and settings back and strikes it out, together.</summary>
    private async Task<int> StrikeAsync(NpgsqlConnection connection, IndexDefinition index, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            using NpgsqlCommand strike = new(
                "DELETE FROM lakebase_ops.load_index WHERE load_id = $1 AND index_name = $2 RETURNING statistics", connection)
            {
                Parameters = { new() { Value = ledger.LoadId }, new() { Value = index.Name } },
            };
            string[] statements = await strike.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string[] ?? [];
            if (index.Comment is not null)
                statements = [.. statements, $"COMMENT ON INDEX {(table with { Name = index.Name }).ToSql()} IS {TableBuilder.Literal(index.Comment)}"];
            foreach (string statement in statements)
                await ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
