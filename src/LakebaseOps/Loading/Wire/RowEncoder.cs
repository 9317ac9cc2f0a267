using LakebaseOps.Loading.Csv;

namespace LakebaseOps.Loading.Wire;

/// <summary>Encodes the fields of CSV records as binary COPY, as far as that is certain to mean what the server would read.</summary>
/// <param name="columns">Columns in the order of the fields.</param>
/// <param name="zoneIsUtc">Whether the server takes a timestamptz without a zone for UTC.</param>
internal sealed class RowEncoder(IReadOnlyList<CopyColumn> columns, bool zoneIsUtc)
{
    private readonly ColumnKind[] _kinds = [.. columns.Select(column => column.Kind)];

    /// <summary>Writes one record; false when a field is for the server to read, then the row is taken back.</summary>
    /// <param name="records">Positioned on the record.</param>
    /// <param name="buffer">Written to.</param>
    /// <param name="column">The first column that was not encoded.</param>
    public bool TryWrite(CsvRecords records, CopyBuffer buffer, out int column)
    {
        buffer.StartRow(_kinds.Length);
        for (column = 0; column < _kinds.Length; column++)
        {
            if (records.IsNull(column))
            {
                buffer.WriteNull();
            }
            else if (!TryWrite(_kinds[column], records[column], buffer))
            {
                buffer.DropRow();
                return false;
            }
        }

        return true;
    }

    private bool TryWrite(ColumnKind kind, ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        long number;
        switch (kind)
        {
            case ColumnKind.Text:
                buffer.WriteText(text);
                return true;
            case ColumnKind.Int64 when FieldParser.TryInt64(text, out number):
                buffer.WriteInt64(number);
                return true;
            case ColumnKind.Int32 when FieldParser.TryInt64(text, out number) && number == (int)number:
                buffer.WriteInt32((int)number);
                return true;
            case ColumnKind.Int16 when FieldParser.TryInt64(text, out number) && number == (short)number:
                buffer.WriteInt16((short)number);
                return true;
            case ColumnKind.Double when FieldParser.TryDouble(text, out double value):
                buffer.WriteDouble(value);
                return true;
            case ColumnKind.Single when FieldParser.TrySingle(text, out float value):
                buffer.WriteSingle(value);
                return true;
            case ColumnKind.TimestampTz when FieldParser.TryTimestamp(text, hasZone: true, zoneIsUtc, out number):
                buffer.WriteTimestamp(number);
                return true;
            case ColumnKind.Timestamp when FieldParser.TryTimestamp(text, hasZone: false, zoneIsUtc, out number):
                buffer.WriteTimestamp(number);
                return true;
            case ColumnKind.Boolean when FieldParser.TryBoolean(text, out bool value):
                buffer.WriteBoolean(value);
                return true;
            case ColumnKind.Date when FieldParser.TryDate(text, out int days):
                buffer.WriteDate(days);
                return true;
            case ColumnKind.Uuid when FieldParser.TryUuid(text, out Guid value):
                buffer.WriteUuid(value);
                return true;
            default:
                return false;
        }
    }
}
