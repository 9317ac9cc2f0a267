using System.Runtime.InteropServices;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// The decoded rows of one request: one typed cell per column of every table. Made once and used for many requests, so
/// that numbers and times cost no allocation.
/// </summary>
internal sealed class FeatureResponse(FeaturePlan plan)
{
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
    private static readonly object Null = DBNull.Value;

    private readonly Cell[] _cells = new Cell[plan.Cells];
    private readonly int[] _rows = new int[plan.Tables.Count];

    /// <summary>Rows that named a table the plan does not have, or came where no row belongs.</summary>
    public int StrayRows { get; private set; }

    /// <summary>Rows that came back for a table; 0 or 1 when all is well.</summary>
    public int Rows(int table) => _rows[table];

    /// <summary>Forgets the former request.</summary>
    public void Clear()
    {
        Array.Clear(_rows);
        StrayRows = 0;
    }

    /// <summary>Decodes the reader's current row.</summary>
    public void Take(NpgsqlDataReader reader, FeatureStatement statement)
    {
        if (statement.Markers is { } markers)
        {
            for (int at = 0; at < markers.Length; at++)
            {
                if (reader.GetBoolean(markers[at]))
                    Take(reader, statement.Tables[at], statement.Columns[at]);
            }

            return;
        }

        int place = statement.HasOrdinal ? reader.GetInt32(0) : 0;
        if ((uint)place < (uint)statement.Tables.Length)
            Take(reader, statement.Tables[place], statement.Columns[place]);
        else
            StrayRows++;
    }

    /// <summary>True when a table's row carries the key asked for, as the client would recognise it.</summary>
    public bool Echoes(int table, object key)
    {
        FeatureTable read = plan.Tables[table];
        ref Cell cell = ref _cells[read.FirstCell];
        return key switch
        {
            string text when plan.Entities[read.Entity].Keys == KeyKind.Character =>
                cell.Reference is string padded
                    && padded.AsSpan().TrimEnd(' ').SequenceEqual(text.AsSpan().TrimEnd(' ')),
            string text => cell.Reference is string found && string.Equals(found, text, StringComparison.Ordinal),
            byte[] bytes => cell.Reference is byte[] found && found.AsSpan().SequenceEqual(bytes),
            Guid uuid => cell.Reference is Guid found && found == uuid,
            long number => cell.Reference is null && cell.Bits == number,
            _ => false,
        };
    }

    /// <summary>A cell as an object: what FeatureRow shows, and what checks compare.</summary>
    public object? Value(int table, int column)
    {
        FeatureTable read = plan.Tables[table];
        ref Cell cell = ref _cells[read.FirstCell + column];
        if (ReferenceEquals(cell.Reference, Null))
            return null;
        return read.Columns[column].Kind switch
        {
            CellKind.Boolean => cell.Bits != 0,
            CellKind.Int16 => (short)cell.Bits,
            CellKind.Int32 => (int)cell.Bits,
            CellKind.Int64 => cell.Bits,
            CellKind.Single => (float)BitConverter.Int64BitsToDouble(cell.Bits),
            CellKind.Double => BitConverter.Int64BitsToDouble(cell.Bits),
            CellKind.Timestamp => Time(cell.Bits, DateTimeKind.Unspecified),
            CellKind.TimestampTz => Time(cell.Bits, DateTimeKind.Utc),
            CellKind.Date => Day(cell.Bits),
            _ => cell.Reference,
        };
    }

    /// <summary>A hash of every value of every row; equal responses have equal hashes within this process.</summary>
    public int ContentHash()
    {
        HashCode hash = default;
        hash.Add(StrayRows);
        for (int table = 0; table < _rows.Length; table++)
        {
            hash.Add(_rows[table]);
            for (int column = 0; _rows[table] > 0 && column < plan.Tables[table].Columns.Count; column++)
            {
                ref Cell cell = ref _cells[plan.Tables[table].FirstCell + column];
                hash.Add(cell.Bits);
                if (cell.Reference is byte[] bytes)
                    hash.AddBytes(bytes);
                else if (cell.Reference is Array array)
                    hash.Add(array.Cast<object?>().Aggregate(array.Length, HashCode.Combine));
                else
                    hash.Add(cell.Reference);
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>The rows as results, in the order of the plan's tables.</summary>
    /// <param name="number">Number of the request.</param>
    /// <param name="keys">Its keys.</param>
    public IEnumerable<FeatureRow> ToRows(long number, object[] keys)
    {
        for (int index = 0; index < plan.Tables.Count; index++)
        {
            FeatureTable table = plan.Tables[index];
            Dictionary<string, object?> values = new(StringComparer.Ordinal);
            for (int column = 1; _rows[index] > 0 && column < table.Columns.Count; column++)
                values.Add(table.Columns[column].Name, Value(index, column));
            yield return new FeatureRow
            {
                Request = number,
                Entity = plan.Entities[table.Entity].Name,
                Table = table.Name.ToString(),
                Key = Keys.Format(keys[table.Entity]),
                Found = _rows[index] > 0,
                Values = values,
            };
        }
    }

    private void Take(NpgsqlDataReader reader, FeatureTable table, int[] columns)
    {
        _rows[table.Index]++;
        Span<Cell> cells = _cells.AsSpan(table.FirstCell, columns.Length);
        for (int column = 0; column < columns.Length; column++)
            cells[column] = Read(reader, columns[column], table.Columns[column].Kind);
    }

    private static Cell Read(NpgsqlDataReader reader, int column, CellKind kind)
    {
        if (reader.IsDBNull(column))
            return new Cell { Reference = Null };
        return kind switch
        {
            CellKind.Double => new Cell { Bits = BitConverter.DoubleToInt64Bits(reader.GetDouble(column)) },
            CellKind.Int64 => new Cell { Bits = reader.GetInt64(column) },
            // Raw microseconds: infinity and years .NET does not know pass through.
            CellKind.TimestampTz or CellKind.Timestamp => new Cell { Bits = reader.GetFieldValue<long>(column) },
            CellKind.Text => new Cell { Reference = reader.GetString(column) },
            CellKind.Int32 => new Cell { Bits = reader.GetInt32(column) },
            CellKind.Int16 => new Cell { Bits = reader.GetInt16(column) },
            CellKind.Single => new Cell { Bits = BitConverter.DoubleToInt64Bits(reader.GetFloat(column)) },
            CellKind.Boolean => new Cell { Bits = reader.GetBoolean(column) ? 1 : 0 },
            CellKind.Date => new Cell { Bits = reader.GetFieldValue<int>(column) },
            CellKind.Bytes => new Cell { Reference = reader.GetFieldValue<byte[]>(column) },
            _ => new Cell { Reference = reader.GetValue(column) },
        };
    }

    private static DateTime Time(long microseconds, DateTimeKind kind) => microseconds switch
    {
        < -63_082_281_600_000_000 => DateTime.SpecifyKind(DateTime.MinValue, kind),
        > 252_455_615_999_999_999 => DateTime.SpecifyKind(DateTime.MaxValue, kind),
        _ => DateTime.SpecifyKind(Epoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), kind),
    };

    private static DateOnly Day(long days) => days switch
    {
        < -730_119 => DateOnly.MinValue,
        > 2_921_939 => DateOnly.MaxValue,
        _ => DateOnly.FromDateTime(Epoch).AddDays((int)days),
    };

    [StructLayout(LayoutKind.Auto)]
    private struct Cell
    {
        /// <summary>A number's bits.</summary>
        public long Bits;

        /// <summary>A text or other object; <see cref="DBNull"/> for SQL NULL.</summary>
        public object? Reference;
    }
}
