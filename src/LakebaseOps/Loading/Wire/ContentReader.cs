using System.Globalization;
using Npgsql;

namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Reads a table back as binary COPY and sums the hashes of its rows, as its load did when it sent them: the server's
/// encoding of a stored value is the one the load sent, so equal sums mean that every row arrived as it was meant.
/// </summary>
internal static class ContentReader
{
    /// <summary>Order-free sum over the rows of the columns, as 32 hexadecimal digits, and the number of rows.</summary>
    public static async Task<(long Rows, string Hash)> ReadAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        (long rows, UInt128 sum) = await SumAsync(connection, $"{table.ToSql()} ({List(columns)})", cancellationToken).ConfigureAwait(false);
        return (rows, sum.ToString("x32", CultureInfo.InvariantCulture));
    }

    /// <summary>The same of some pages of a table, so that several connections can share it.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns, in the order they were sent.</param>
    /// <param name="from">First page.</param>
    /// <param name="to">Behind the last page.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<(long Rows, UInt128 Sum)> ReadPagesAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> columns, long from, long to, CancellationToken cancellationToken) =>
        SumAsync(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"(SELECT {List(columns)} FROM {table.ToSql()} WHERE ctid >= '({from},0)' AND ctid < '({to},0)')"),
            cancellationToken);

    private static string List(IReadOnlyList<string> columns) => string.Join(", ", columns.Select(TableName.Quote));

    private static async Task<(long Rows, UInt128 Sum)> SumAsync(NpgsqlConnection connection, string what, CancellationToken cancellationToken)
    {
        long rows = 0;
        UInt128 sum = UInt128.Zero;
        await CopyRows.ReadAsync(connection, what, row =>
        {
            sum = unchecked(sum + RowHash.Of(row));
            rows++;
        }, cancellationToken).ConfigureAwait(false);
        return (rows, sum);
    }
}
