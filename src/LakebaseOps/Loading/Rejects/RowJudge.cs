using System.Text;
using System.Text.Unicode;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Rejects;

/// <summary>
/// Decides about rows that were put aside: each is inserted on its own by a function of the server, which answers with the
/// reason for every one that cannot be. One round trip for all rows of a chunk, however many are bad.
/// </summary>
/// <param name="table">The table that the rows go to, quoted.</param>
/// <param name="columns">Columns in the order of the fields.</param>
/// <param name="zoneIsUtc">Whether the server takes a timestamptz without a zone for UTC.</param>
internal sealed class RowJudge(string table, IReadOnlyList<CopyColumn> columns, bool zoneIsUtc) : IDisposable
{
    private const int LongestRaw = 1024 * 1024;

    private readonly string _names = string.Join(", ", columns.Select(column => TableName.Quote(column.Name)));
    private readonly RowEncoder _encoder = new(columns, zoneIsUtc);
    private readonly CopyText _text = new();

    /// <summary>Inserts the rows that a feed has put aside, as far as that is possible.</summary>
    public async Task<(SentRows Accepted, IReadOnlyList<RejectedRow> Rejected)> JudgeAsync(
        NpgsqlConnection connection, RowFeed feed, CancellationToken cancellationToken)
    {
        List<RejectedRow> rejected = [];
        List<AsideRow> rows = [];
        List<string?> fields = [];
        foreach (AsideRow row in feed.Aside)
        {
            if (row.Fault is CsvFault fault)
                rejected.Add(Reject(row, Name(row.Column), fault.SqlState, fault.Message));
            else if (!Utf8.IsValid(row.Raw) || row.Raw.Contains((byte)0))
                rejected.Add(Reject(row, null, "22021", "invalid byte sequence for encoding \"UTF8\""));
            else
                Add(feed.Read(row), row);
        }

        IReadOnlyDictionary<int, (string State, string Reason, string? Column)> refused =
            rows.Count > 0 ? await InsertAsync(connection, fields, cancellationToken).ConfigureAwait(false) : new Dictionary<int, (string, string, string?)>();
        _text.Begin();
        for (int i = 0; i < rows.Count; i++)
        {
            if (refused.TryGetValue(i, out (string State, string Reason, string? Column) why))
                rejected.Add(Reject(rows[i], why.Column ?? (why.State.StartsWith("22", StringComparison.Ordinal) ? Name(rows[i].Column) : null), why.State, why.Reason));
            else
                _text.Write(feed.Read(rows[i]), _encoder, columns.Count);
        }

        return (new SentRows(_text.Rows, 0, _text.Hash, true), [.. rejected.OrderBy(row => row.Record)]);

        void Add(CsvRecords record, AsideRow row)
        {
            rows.Add(row);
            for (int i = 0; i < columns.Count; i++)
                fields.Add(record.IsNull(i) ? null : Encoding.UTF8.GetString(record[i]));
        }
    }

    /// <summary>Number of a column among the fields; -1 when there is none of that name.</summary>
    public int FieldOf(string? column)
    {
        for (int i = 0; column is not null && i < columns.Count; i++)
        {
            if (columns[i].Name == column)
                return i;
        }

        return -1;
    }

    /// <inheritdoc />
    public void Dispose() => _text.Dispose();

    private async Task<IReadOnlyDictionary<int, (string State, string Reason, string? Column)>> InsertAsync(
        NpgsqlConnection connection, List<string?> fields, CancellationToken cancellationToken)
    {
        Dictionary<int, (string, string, string?)> refused = [];
        using NpgsqlCommand command = new(
            "SELECT row_number, state, reason, column_name FROM lakebase_ops.load_rows($1, $2, $3, $4)", connection)
        {
            Parameters =
            {
                new() { Value = table }, new() { Value = _names }, new() { Value = columns.Count }, new() { Value = fields.ToArray() },
            },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                refused[row.GetInt32(0)] = (row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3));
        }

        return refused;
    }

    private static RejectedRow Reject(AsideRow row, string? column, string state, string reason)
    {
        ReadOnlySpan<byte> raw = row.Raw.AsSpan().TrimEnd("\r\n"u8);
        return new RejectedRow(row.Record, row.Start, row.Line, column, state, reason, raw[..Math.Min(raw.Length, LongestRaw)].ToArray());
    }

    private string? Name(int field) => field >= 0 && field < columns.Count ? columns[field].Name : null;
}
