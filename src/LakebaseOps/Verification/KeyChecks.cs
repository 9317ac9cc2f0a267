using LakebaseOps.Indexing;
using Npgsql;

namespace LakebaseOps.Verification;

/// <summary>The checks of the key's values; a constraint that holds saves the reading.</summary>
internal static class KeyChecks
{
    private const int Shown = 5;

    /// <summary>No key occurs twice.</summary>
    public static async Task<Finding> DuplicateAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> key, IReadOnlyList<ExistingIndex> indexes,
        CancellationToken cancellationToken)
    {
        const string Expected = "every key once";
        if (key.Count == 0)
            return NoKey();
        if (IndexChecks.Guard(indexes, key) is ExistingIndex guard)
            return Finding.Require(true, Expected, $"{guard.Name} holds it", "");
        string columns = string.Join(", ", key.Select(TableName.Quote));
        (long count, string? shown) = await FindAsync(
            connection,
            $"SELECT count(*), (array_agg(k || ' ' || n || ' times'))[1:{Shown}] FROM (SELECT left(ROW({columns})::text, 200) k, count(*) n "
            + $"FROM {table.ToSql()} WHERE {string.Join(" AND ", key.Select(column => $"{TableName.Quote(column)} IS NOT NULL"))} "
            + $"GROUP BY {columns} HAVING count(*) > 1 ORDER BY 1) d",
            cancellationToken).ConfigureAwait(false);
        return Finding.Require(count == 0, Expected, count == 0 ? "every key once" : $"{CatalogChecks.Count(count)} keys more than once: {shown}",
            "Remove the surplus rows, then make a primary key with Build-LakebaseIndex.");
    }

    /// <summary>No key column holds NULL.</summary>
    public static async Task<Finding> NullAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        const string Expected = "no NULL in the key";
        if (key.Count == 0)
            return NoKey();
        using NpgsqlCommand nullable = new(
            "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            + "WHERE n.nspname = @schema AND c.relname = @name AND a.attname = ANY (@key) AND a.attnotnull", connection);
        nullable.Parameters.AddWithValue("schema", table.Schema);
        nullable.Parameters.AddWithValue("name", table.Name);
        nullable.Parameters.AddWithValue("key", key.ToArray());
        if ((long)(await nullable.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! == key.Count)
            return Finding.Require(true, Expected, "NOT NULL holds it", "");
        string where = string.Join(" OR ", key.Select(column => $"{TableName.Quote(column)} IS NULL"));
        (long count, _) = await FindAsync(
            connection, $"SELECT count(*), NULL::text[] FROM {table.ToSql()} WHERE {where}", cancellationToken).ConfigureAwait(false);
        return Finding.Require(count == 0, Expected, $"{CatalogChecks.Count(count)} rows", $"Correct the rows WHERE {where}.");
    }

    private static Finding NoKey() => Finding.Skip("no key is known", "Give -KeyColumn, or make a primary key with Build-LakebaseIndex.");

    private static async Task<(long Count, string? Shown)> FindAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (row.GetInt64(0), row.IsDBNull(1) ? null : string.Join("; ", row.GetFieldValue<string[]>(1)));
        }
    }
}
