using System.Runtime.InteropServices;
using System.Text;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// The rows of one request, as the bytes in which the server sent them: one cell per column of every table. Made once
/// and used for many requests, so that reading allocates nothing; values are made when somebody asks for them.
/// </summary>
internal sealed class FeatureResponse(FeaturePlan plan)
{
    private const int LongestKey = 256;

    private static ReadOnlySpan<byte> Zero => [0, 0, 0, 0, 0, 0, 0, 0];

    private readonly Cell[] _cells = new Cell[plan.Cells];
    private readonly int[] _rows = new int[plan.Tables.Count];

    // One for each connection that a request may be read on at the same time.
    private readonly CellBuffer?[] _buffers = new CellBuffer?[plan.Tables.Count];

    /// <summary>Rows that named a table the plan does not have, or came where no row belongs.</summary>
    public int StrayRows { get; private set; }

    /// <summary>Rows that came back for a table; 0 or 1 when all is well.</summary>
    public int Rows(int table) => _rows[table];

    /// <summary>Forgets the former request.</summary>
    public void Clear()
    {
        Array.Clear(_rows);
        StrayRows = 0;
        foreach (CellBuffer? buffer in _buffers)
            buffer?.Clear();
    }

    /// <summary>Takes the reader's current row.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="statement">The statement that returned it.</param>
    /// <param name="connection">The connection it came on, from 0.</param>
    public void Take(NpgsqlDataReader reader, FeatureStatement statement, int connection)
    {
        CellBuffer buffer = _buffers[connection] ??= new CellBuffer();
        if (statement.Markers is { } markers)
        {
            for (int at = 0; at < markers.Length; at++)
            {
                if (reader.GetBoolean(markers[at]))
                    Take(reader, statement.Tables[at], statement.Columns[at], buffer);
            }

            return;
        }

        int place = statement.HasOrdinal ? reader.GetInt32(0) : 0;
        if ((uint)place < (uint)statement.Tables.Length)
            Take(reader, statement.Tables[place], statement.Columns[place], buffer);
        else
            StrayRows++;
    }

    /// <summary>Begins a row that does not come from PostgreSQL; its cells are NULL until they are set.</summary>
    public void Begin(FeatureTable table)
    {
        _rows[table.Index]++;
        _cells.AsSpan(table.FirstCell, table.Columns.Count).Fill(new Cell { Length = Cell.Null });
    }

    /// <summary>Counts a row that belongs nowhere.</summary>
    public void Stray() => StrayRows++;

    /// <summary>Room for the bytes in which PostgreSQL would send a cell.</summary>
    public Span<byte> Set(FeatureTable table, int column, int length)
    {
        ref Cell cell = ref _cells[table.FirstCell + column];
        (byte[] bytes, cell.Offset, cell.Length) = (_buffers[0] ??= new CellBuffer()).Take(length);
        cell.Reference = bytes;
        return bytes.AsSpan(cell.Offset, length);
    }

    /// <summary>Sets a cell of a kind that is held as an object.</summary>
    public void Set(FeatureTable table, int column, object value) =>
        _cells[table.FirstCell + column] = new Cell { Reference = value };

    /// <summary>True for SQL NULL.</summary>
    public bool IsNull(int table, int column) => _cells[plan.Tables[table].FirstCell + column].IsNull;

    /// <summary>The bytes in which PostgreSQL sends a cell that is neither NULL nor held as an object.</summary>
    public ReadOnlySpan<byte> Bytes(int table, int column) => _cells[plan.Tables[table].FirstCell + column].Bytes;

    /// <summary>True when a table's row carries the key asked for, as the client would recognise it.</summary>
    public bool Echoes(int table, object key)
    {
        FeatureTable read = plan.Tables[table];
        ref Cell cell = ref _cells[read.FirstCell];
        if (cell.Reference is not byte[])
            return false;
        ReadOnlySpan<byte> bytes = cell.Bytes;
        return key switch
        {
            string text when plan.Entities[read.Entity].Keys == KeyKind.Character => IsText(bytes.TrimEnd((byte)' '), text.AsSpan().TrimEnd(' ')),
            string text => IsText(bytes, text),
            byte[] sent => bytes.SequenceEqual(sent),
            Guid uuid => (Guid)CellValue.Of(CellKind.Uuid, bytes) == uuid,
            long number => CellValue.Integer(bytes) == number,
            _ => false,
        };
    }

    /// <summary>A cell as an object: what FeatureRow shows, and what checks compare.</summary>
    public object? Value(int table, int column)
    {
        FeatureTable read = plan.Tables[table];
        ref Cell cell = ref _cells[read.FirstCell + column];
        return cell.IsNull ? null
            : cell.Reference is byte[] && CellValue.IsRaw(read.Columns[column].Kind) ? CellValue.Of(read.Columns[column].Kind, cell.Bytes)
            : cell.Reference;
    }

    /// <summary>A hash of every value of every row; equal responses have equal hashes within this process.</summary>
    public int ContentHash()
    {
        HashCode hash = default;
        hash.Add(StrayRows);
        for (int table = 0; table < _rows.Length; table++)
            hash.Add(ContentHash(table));
        return hash.ToHashCode();
    }

    /// <summary>A hash of every value of a table's rows.</summary>
    public int ContentHash(int table)
    {
        HashCode hash = default;
        hash.Add(_rows[table]);
        for (int column = 0; _rows[table] > 0 && column < plan.Tables[table].Columns.Count; column++)
        {
            // A copy's key may have another width than the table's own, or no padding: the value counts.
            object? value = column == 0 ? Keys.Comparable(Value(table, 0)) : null;
            ref Cell cell = ref _cells[plan.Tables[table].FirstCell + column];
            if (value is string text && plan.Tables[table].Key.Type == "bpchar")
                hash.Add(text.TrimEnd(' '));
            else if (value is not null)
                hash.Add(value);
            else if (cell.IsNull)
                hash.Add(-1);
            else if (cell.Reference is byte[])
                hash.AddBytes(IsNegativeZero(plan.Tables[table].Columns[column].Kind, cell.Bytes) ? Zero[..cell.Length] : cell.Bytes);
            else if (cell.Reference is Array array)
                hash.Add(array.Cast<object?>().Aggregate(array.Length, HashCode.Combine));
            else
                hash.Add(cell.Reference);
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

    private void Take(NpgsqlDataReader reader, FeatureTable table, int[] columns, CellBuffer buffer)
    {
        _rows[table.Index]++;
        Span<Cell> cells = _cells.AsSpan(table.FirstCell, columns.Length);
        for (int column = 0; column < columns.Length; column++)
        {
            ref Cell cell = ref cells[column];
            if (reader.IsDBNull(columns[column]))
                cell = new Cell { Length = Cell.Null };
            else if (CellValue.IsRaw(table.Columns[column].Kind))
                (cell.Reference, cell.Offset, cell.Length) = buffer.Take(reader, columns[column]);
            else
                cell = new Cell { Reference = reader.GetValue(columns[column]) };
        }
    }

    // The same number as zero, to PostgreSQL as well.
    private static bool IsNegativeZero(CellKind kind, ReadOnlySpan<byte> bytes) =>
        kind is CellKind.Single or CellKind.Double && bytes[0] == 0x80 && bytes[1..].IndexOfAnyExcept((byte)0) < 0;

    private static bool IsText(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> text)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> sent = most <= 3 * LongestKey ? stackalloc byte[3 * LongestKey] : new byte[most];
        return bytes.SequenceEqual(sent[..Encoding.UTF8.GetBytes(text, sent)]);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Cell
    {
        public const int Null = -1;

        /// <summary>The buffer that holds its bytes, or a value that came as an object.</summary>
        public object? Reference;

        /// <summary>Where its bytes begin.</summary>
        public int Offset;

        /// <summary>How many they are; <see cref="Null"/> for SQL NULL.</summary>
        public int Length;

        public readonly bool IsNull => Length == Null;

        public readonly ReadOnlySpan<byte> Bytes => ((byte[])Reference!).AsSpan(Offset, Length);
    }
}
