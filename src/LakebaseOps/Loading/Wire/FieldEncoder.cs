using LakebaseOps.Loading.Wire.Types;

namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Encodes one value from the text that stands for it. Only texts whose meaning is the same under every version and
/// setting of a server are encoded (each type's codec says which); any other, wrong or merely unusual, is answered with
/// false: then the server itself reads it.
/// </summary>
internal static class FieldEncoder
{
    /// <summary>Writes a value; after false the row must be dropped.</summary>
    /// <param name="kind">The type; no array.</param>
    /// <param name="text">What the input has.</param>
    /// <param name="zoneIsUtc">Whether the server takes a time without a zone for UTC.</param>
    /// <param name="buffer">Written to.</param>
    public static bool TryWrite(ColumnKind kind, ReadOnlySpan<byte> text, bool zoneIsUtc, CopyBuffer buffer)
    {
        // One switch over all types: a call through a table of codecs costs more than most of the codecs.
        long number;
        switch (kind)
        {
            case ColumnKind.Text or ColumnKind.Json:
                buffer.WriteText(text);
                return true;
            case ColumnKind.Int64 when IntegerCodec.TryRead(text, out number):
                buffer.WriteInt64(number);
                return true;
            case ColumnKind.Int32 when IntegerCodec.TryRead(text, out number) && number == (int)number:
                buffer.WriteInt32((int)number);
                return true;
            case ColumnKind.Int16 when IntegerCodec.TryRead(text, out number) && number == (short)number:
                buffer.WriteInt16((short)number);
                return true;
            case ColumnKind.Double when FloatCodec.TryRead(text, out double value):
                buffer.WriteDouble(value);
                return true;
            case ColumnKind.Single when FloatCodec.TryRead(text, out float value):
                buffer.WriteSingle(value);
                return true;
            case ColumnKind.TimestampTz when TimestampCodec.TryRead(text, hasZone: true, zoneIsUtc, out number):
                buffer.WriteTimestamp(number);
                return true;
            case ColumnKind.Timestamp when TimestampCodec.TryRead(text, hasZone: false, zoneIsUtc, out number):
                buffer.WriteTimestamp(number);
                return true;
            case ColumnKind.Boolean when BooleanCodec.TryRead(text, out bool value):
                buffer.WriteBoolean(value);
                return true;
            case ColumnKind.Date when DateCodec.TryRead(text, out int days):
                buffer.WriteDate(days);
                return true;
            case ColumnKind.Uuid when UuidCodec.TryRead(text, out Guid value):
                buffer.WriteUuid(value);
                return true;
            case ColumnKind.Time when TimeCodec.TryRead(text, out number):
                buffer.WriteInt64(number);
                return true;
            case ColumnKind.TimeTz:
                return TimeCodec.TryWriteZoned(text, zoneIsUtc, buffer);
            case ColumnKind.Numeric:
                return NumericCodec.TryWrite(text, buffer);
            case ColumnKind.Interval:
                return IntervalCodec.TryWrite(text, buffer);
            case ColumnKind.Bytea:
                return ByteaCodec.TryWrite(text, buffer);
            case ColumnKind.Jsonb:
                JsonbCodec.Write(text, buffer);
                return true;
            case ColumnKind.Inet:
                return NetworkCodec.TryWrite(text, isCidr: false, buffer);
            case ColumnKind.Cidr:
                return NetworkCodec.TryWrite(text, isCidr: true, buffer);
            default:
                return false;
        }
    }
}
