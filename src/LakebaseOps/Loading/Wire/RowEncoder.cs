using System.Runtime.CompilerServices;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Wire.Types;

namespace LakebaseOps.Loading.Wire;

/// <summary>Encodes the fields of CSV records as binary COPY, as far as that is certain to mean what the server would read.</summary>
/// <param name="columns">Columns in the order of the fields.</param>
/// <param name="zoneIsUtc">Whether the server takes a timestamptz without a zone for UTC.</param>
internal sealed class RowEncoder(IReadOnlyList<CopyColumn> columns, bool zoneIsUtc)
{
    private readonly ColumnKind[] _kinds = [.. columns.Select(column => column.Kind)];
    private readonly bool[] _required = [.. columns.Select(column => column.IsRequired)];
    private readonly int[] _most = [.. columns.Select(column => column.MostCharacters)];
    private readonly ArrayCodec?[] _arrays =
        [.. columns.Select(column => column.Kind == ColumnKind.Array ? new ArrayCodec(column.Wire, zoneIsUtc) : null)];

    /// <summary>Writes one record; false when a field is for the server to read, then the row is taken back.</summary>
    /// <param name="records">Positioned on the record.</param>
    /// <param name="buffer">Written to.</param>
    /// <param name="column">The first column that was not encoded.</param>
    public bool TryWrite(CsvRecords records, CopyBuffer buffer, out int column)
    {
        buffer.StartRow(_kinds.Length);
        for (column = 0; column < _kinds.Length; column++)
        {
            // What the table will refuse for certain is not sent with the rest: it would take all of that with it.
            if (records.IsNull(column) && !_required[column])
            {
                buffer.WriteNull();
            }
            else if (records.IsNull(column) || IsTooLong(column, records[column]) || !TryWrite(column, records[column], buffer))
            {
                buffer.DropRow();
                return false;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsTooLong(int column, ReadOnlySpan<byte> text) =>
        _most[column] is int most and > 0 && text.Length > most && Characters(text) > most;

    private static int Characters(ReadOnlySpan<byte> text)
    {
        int count = 0;
        foreach (byte one in text)
            count += (one & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWrite(int column, ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        ColumnKind kind = _kinds[column];
        return kind == ColumnKind.Array
            ? _arrays[column]!.TryWrite(text, buffer)
            : FieldEncoder.TryWrite(kind, text, zoneIsUtc, buffer);
    }
}
