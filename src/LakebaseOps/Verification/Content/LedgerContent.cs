using System.Globalization;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Verification.Content;

/// <summary>Compares a table with the hash that its load wrote down.</summary>
internal sealed class LedgerContent(NpgsqlConnection connection, TableName table, TableState facts, LedgerRows ledger, ContentParts parts)
{
    private const string Remedy = "Load the table again, or find out who changed it since; -ReferencePath with the files that were loaded names the rows.";

    /// <summary>Reads the table back, several parts at once.</summary>
    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (ledger.ContentHash is not string expected || ledger.Fields is not string fields)
        {
            return Finding.Skip("the load ledger holds no content hash that can be read back: nothing was replaced, rows were "
                + "appended since, or some were sent as text", "Give -ReferenceTable, -ReferenceSession or -ReferencePath.");
        }

        // The ledger keeps the names as one text, so one that holds a comma cannot be told from two.
        string[] columns = fields.Split(", ");
        long pages = await TableContent.PagesAsync(connection, facts.Oid, cancellationToken).ConfigureAwait(false) ?? 0;
        long size = ContentPlan.PagesFor(pages, parts.Sessions);
        long count = Math.Max(1, (pages + size - 1) / size);
        object turn = new();
        long rows = 0;
        UInt128 sum = UInt128.Zero;
        await parts.ForEachAsync(Enumerable.Range(0, (int)count).Select(part => (long)part), async (own, part, token) =>
        {
            // The last part has no end: nothing behind it may go unread.
            (long some, UInt128 hash) = await ContentReader.ReadPagesAsync(
                own, table, columns, part * size, part == count - 1 ? uint.MaxValue - 1L : (part + 1) * size, token).ConfigureAwait(false);
            lock (turn)
            {
                rows += some;
                sum = unchecked(sum + hash);
            }
        }, cancellationToken).ConfigureAwait(false);
        string actual = sum.ToString("x32", CultureInfo.InvariantCulture);
        return Finding.Require(rows == ledger.Rows && actual == expected,
            $"{CatalogChecks.Count(ledger.Rows ?? 0)} rows, sum {expected} (load ledger)", $"{CatalogChecks.Count(rows)} rows, sum {actual}", Remedy);
    }
}
