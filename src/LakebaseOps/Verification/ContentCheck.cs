using System.Numerics;
using LakebaseOps.Loading.Wire;
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
            return await AgainstLedgerAsync(connection, table, ledger, cancellationToken).ConfigureAwait(false);
        TableName reference = TableName.Parse(options.ReferenceTable);
        (long rows, BigInteger sum) = await SumAsync(connection, table, cancellationToken).ConfigureAwait(false);
        (long otherRows, BigInteger otherSum) = await SumAsync(connection, reference, cancellationToken).ConfigureAwait(false);
        return Finding.Require(rows == otherRows && sum == otherSum,
            $"{CatalogChecks.Count(otherRows)} rows of {reference}, sum {otherSum:x}", $"{CatalogChecks.Count(rows)} rows, sum {sum:x}",
            $"Look at (TABLE {table.ToSql()} EXCEPT ALL TABLE {reference.ToSql()}) and the reverse.");
    }

    private static async Task<Finding> AgainstLedgerAsync(
        NpgsqlConnection connection, TableName table, LedgerRows ledger, CancellationToken cancellationToken)
    {
        if (ledger.ContentHash is not string expected || ledger.Fields is not string fields)
        {
            return Finding.Skip("the load ledger holds no content hash that can be read back: nothing was replaced, rows were "
                + "appended since, or some were sent as text", "Give -ReferenceTable.");
        }

        // The ledger keeps the names as one text, so one that holds a comma cannot be told from two.
        string[] columns = fields.Split(", ");
        (long rows, string actual) = await ContentReader.ReadAsync(connection, table, columns, cancellationToken).ConfigureAwait(false);
        return Finding.Require(rows == ledger.Rows && actual == expected,
            $"{CatalogChecks.Count(ledger.Rows ?? 0)} rows, sum {expected} (load ledger)", $"{CatalogChecks.Count(rows)} rows, sum {actual}",
            "Load the table again, or find out who changed it since.");
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
