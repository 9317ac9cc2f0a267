using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>
/// A wanted index as the server itself would write it down, so that it can be compared with the indexes that exist.
/// </summary>
/// <param name="Clause">What pg_get_indexdef says after the table's name.</param>
/// <param name="IsUnique">True when duplicates are refused.</param>
/// <param name="Keys">Key columns and expressions without their options.</param>
/// <param name="IsSlow">True when a part of the key compares by a collation's library.</param>
/// <param name="IsVariable">True when a part of the key has no fixed length.</param>
internal sealed record IndexShape(string Clause, bool IsUnique, IReadOnlyList<string> Keys, bool IsSlow, bool IsVariable)
{
    private const string Table = "__lakebase_shape";

    /// <summary>
    /// Builds the index on an empty temporary twin of the table and rolls that back: a wrong definition is refused here,
    /// before anything real is touched.
    /// </summary>
    public static Task<IndexShape> ReadAsync(
        NpgsqlConnection connection, TableName table, IndexDefinition wanted, CancellationToken cancellationToken) =>
        ReadAsync(connection, table, twin => IndexStatement.Create(twin, wanted, Table + "_index", concurrently: false), cancellationToken);

    /// <summary>The same of a statement that makes an index, or a constraint with one, on the twin it is given.</summary>
    public static async Task<IndexShape> ReadAsync(
        NpgsqlConnection connection, TableName table, Func<string, string> statement, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            string twin = $"pg_temp.{TableName.Quote(Table)}";
            using NpgsqlCommand create = new(
                $"CREATE TEMPORARY TABLE {TableName.Quote(Table)} (LIKE {table.ToSql()}); {statement(twin)}", connection, transaction);
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            uint relation;
            using (NpgsqlCommand find = new($"SELECT '{twin}'::regclass::oid", connection, transaction))
                relation = (uint)(await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            ExistingIndex index = (await ExistingIndex.ListAsync(connection, relation, cancellationToken).ConfigureAwait(false))[0];
            using NpgsqlCommand keys = new(
                $"""
                SELECT array_agg(pg_get_indexdef(i.indexrelid, n, false) ORDER BY n), coalesce(bool_or({CollationSql.IsSlow}), false), bool_or(a.attlen < 0)
                FROM pg_index i CROSS JOIN generate_series(1, i.indnkeyatts) n
                CROSS JOIN (SELECT * FROM pg_database WHERE datname = current_database()) d
                JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = n
                LEFT JOIN pg_collation l ON l.oid = i.indcollation[n - 1] -- a vector counts from 0
                WHERE i.indexrelid = @index
                """,
                connection, transaction);
            keys.Parameters.AddWithValue("index", NpgsqlTypes.NpgsqlDbType.Oid, index.Oid);
            NpgsqlDataReader row = await keys.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            string[] expressions;
            (bool slow, bool variable) = (false, false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                (expressions, slow, variable) = (row.GetFieldValue<string[]>(0), row.GetBoolean(1), row.GetBoolean(2));
            }

            await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
            return new IndexShape(index.Clause, index.IsUnique, expressions, slow, variable);
        }
    }

    /// <summary>True when an index is of this very shape.</summary>
    public bool Matches(ExistingIndex index) => index.IsUnique == IsUnique && string.Equals(index.Clause, Clause, StringComparison.Ordinal);
}
