using LakebaseOps.Schemas;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Caching;

/// <summary>A heap or an index that may lie in shared buffers.</summary>
/// <param name="Table">The table it is or belongs to.</param>
/// <param name="Oid">Its object id.</param>
/// <param name="Name">Its name as text.</param>
/// <param name="IsIndex">True for an index.</param>
/// <param name="SizeBytes">Size of its main fork.</param>
/// <param name="Keys">Keys to read it in order by, as SQL; empty for a heap and for an index that gives no order.</param>
internal sealed record CacheRelation(TableName Table, uint Oid, string Name, bool IsIndex, long SizeBytes, string Keys)
{
    private const string Query =
        """
        SELECT n.nspname, t.relname, c.oid, c.relname, c.oid <> t.oid, pg_relation_size(c.oid),
               CASE WHEN m.amname = 'btree' AND i.indpred IS NULL THEN
                 (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' ORDER BY k) FROM generate_series(1, i.indnkeyatts) k)
               ELSE '' END
        FROM pg_class t
        JOIN pg_namespace n ON n.oid = t.relnamespace
        JOIN pg_class c ON c.oid = t.oid OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = t.oid AND indisvalid)
        LEFT JOIN pg_index i ON i.indexrelid = c.oid
        LEFT JOIN pg_am m ON m.oid = c.relam
        WHERE n.nspname = @schema AND t.relname = @name AND t.relkind IN ('r', 'm')
        ORDER BY i.indisprimary DESC NULLS LAST, c.oid <> t.oid DESC, c.relname
        """;

    /// <summary>"Index" or "Heap".</summary>
    public string Kind => IsIndex ? "Index" : "Heap";

    /// <summary>
    /// The relations of the tables that names mean, in the order to warm them: primary keys, other indexes, heaps. The
    /// tables that do not exist come apart.
    /// </summary>
    public static async Task<(IReadOnlyList<CacheRelation> Found, IReadOnlyList<TableName> Missing)> ListAsync(
        NpgsqlConnection connection, IReadOnlyList<string>? tables, CancellationToken cancellationToken)
    {
        if (tables is not { Count: > 0 })
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "No table was given.")
            { Remedy = "Give -Table; wildcards are allowed." }.ToException();
        }

        List<CacheRelation> found = [];
        List<TableName> missing = [];
        foreach (TableName table in await TableSelection.ResolveAsync(connection, tables, cancellationToken).ConfigureAwait(false))
        {
            int before = found.Count;
            using NpgsqlCommand command = new(Query, connection);
            command.Parameters.AddWithValue("schema", NpgsqlDbType.Text, table.Schema);
            command.Parameters.AddWithValue("name", NpgsqlDbType.Text, table.Name);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    found.Add(new CacheRelation(
                        new TableName(row.GetString(0), row.GetString(1)), row.GetFieldValue<uint>(2),
                        new TableName(row.GetString(0), row.GetString(3)).ToString(), row.GetBoolean(4), row.GetInt64(5), row.GetString(6)));
                }
            }

            if (found.Count == before)
                missing.Add(table);
        }

        // Stable: within indexes the primary keys come first table by table.
        return ([.. found.OrderByDescending(relation => relation.IsIndex)], missing);
    }
}
