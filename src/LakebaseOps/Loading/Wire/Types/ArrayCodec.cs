using System.Buffers;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// Arrays of one dimension: {a,b,NULL,"quoted \"x\""}. Blanks around elements, nested arrays and explicit bounds are for the
/// server. Holds the memory for unescaped elements: one thread at a time.
/// </summary>
/// <param name="type">The array's type.</param>
/// <param name="zoneIsUtc">Whether the server takes a time without a zone for UTC.</param>
internal sealed class ArrayCodec(ColumnType type, bool zoneIsUtc)
{
    private const int FlagsAt = 4;
    private const int SizeAt = 12;

    // Ends an unquoted element, or is something that only the server should judge.
    private static readonly SearchValues<byte> Special = SearchValues.Create(",{}\"\\"u8);

    private byte[] _unescaped = new byte[64];

    /// <summary>Writes a value.</summary>
    public bool TryWrite(ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        if (text.Length < 2 || text[0] != (byte)'{' || text[^1] != (byte)'}')
            return false;
        int field = buffer.BeginField();
        bool isEmpty = text.Length == 2;
        buffer.WriteRaw(isEmpty ? 0 : 1);
        buffer.WriteRaw(0);
        buffer.WriteRaw((int)type.ElementOid);
        if (!isEmpty)
        {
            buffer.WriteRaw(0);
            buffer.WriteRaw(1);
            if (!TryElements(text[1..], buffer, out int count, out bool hasNull))
                return false;
            buffer.Patch(field + SizeAt, count);
            buffer.Patch(field + FlagsAt, hasNull ? 1 : 0);
        }

        buffer.EndField(field);
        return true;
    }

    /// <summary>Elements up to the closing brace, which must be the last byte.</summary>
    private bool TryElements(ReadOnlySpan<byte> text, CopyBuffer buffer, out int count, out bool hasNull)
    {
        count = 0;
        hasNull = false;
        while (true)
        {
            bool quoted = text[0] == (byte)'"';
            int length = 0;
            int end = quoted ? Unescape(text, out length) : text.IndexOfAny(Special);
            // Behind an element there is a comma and the next one, or the brace and nothing.
            if (end < 0 || end >= text.Length || text[end] != (end == text.Length - 1 ? (byte)'}' : (byte)','))
                return false;
            ReadOnlySpan<byte> element = quoted ? _unescaped.AsSpan(0, length) : text[..end];
            count++;
            if (!quoted && System.Text.Ascii.EqualsIgnoreCase(element, "NULL"u8))
            {
                hasNull = true;
                buffer.WriteNull();
            }
            else if ((!quoted && (element.Length == 0 || IsBlank(element[0]) || IsBlank(element[^1])))
                || !FieldEncoder.TryWrite(type.Element, element, zoneIsUtc, buffer))
            {
                return false;
            }

            if (end == text.Length - 1)
                return true;
            text = text[(end + 1)..];
        }
    }

    /// <summary>Takes the escapes out of a quoted element; the offset behind its quotes, or -1.</summary>
    private int Unescape(ReadOnlySpan<byte> text, out int length)
    {
        if (_unescaped.Length < text.Length)
            _unescaped = new byte[Math.Max(text.Length, _unescaped.Length * 2)];
        length = 0;
        for (int at = 1; at < text.Length; at++)
        {
            byte value = text[at];
            if (value == (byte)'"')
                return at + 1;
            if (value == (byte)'\\' && ++at < text.Length)
                value = text[at];
            _unescaped[length++] = value;
        }

        return -1;
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (>= 9 and <= 13);
}
