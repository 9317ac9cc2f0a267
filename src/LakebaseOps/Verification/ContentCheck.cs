using System.Numerics;
using Npgsql;

namespace LakebaseOps.Verification;

/// <summary>Compares the content of a table with another table, as a set of rows whatever their order.</summary>
internal static class ContentCheck
{
    /// <summary>Against -ReferenceTable, else against the load ledger.</summary>
    public static async Task<Finding> RunAsync(
        NpgsqlConnection connection, TableName table, LedgerRows ledger, TestTableOptions options, CancellationToken cancellationToken)
    {
        if (options.ReferenceTable is null)
            return Finding.Skip("the load ledger holds no content hash of the table", "Give -ReferenceTable.");
        TableName reference = TableName.Parse(options.ReferenceTable);
        (long rows, BigInteger sum) = await SumAsync(connection, table, cancellationToken).ConfigureAwait(false);
        (long otherRows, BigInteger otherSum) = await SumAsync(connection, reference, cancellationToken).ConfigureAwait(false);
        return Finding.Require(rows == otherRows && sum == otherSum,
            $"{CatalogChecks.Count(otherRows)} rows of {reference}, sum {otherSum:x}", $"{CatalogChecks.Count(rows)} rows, sum {sum:x}",
            $"Look at (TABLE {table.ToSql()} EXCEPT ALL TABLE {reference.ToSql()}) and the reverse.");
    }

    // Hashed in the server: cheaper than hashing the row's text, and equal rows have equal hashes.
    private static async Task<(long Rows, BigInteger Sum)> SumAsync(
        NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"SELECT count(*), coalesce(sum(hash_record_extended(t, 0)::numeric), 0)::text FROM {table.ToSql()} t", connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (row.GetInt64(0), BigInteger.Parse(row.GetString(1), System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
