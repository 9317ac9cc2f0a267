using System.Text;

namespace LakebaseOps.Loading.Decoding;

/// <summary>Decodes encodings of one byte for each character, of which the lower half is ASCII: runs of that are copied.</summary>
internal sealed class SingleByteDecoder : ITextDecoder
{
    // Of each byte above 127 its UTF-8 form, the first byte lowest; their number is in the highest byte.
    private readonly uint[] _forms;

    private SingleByteDecoder(uint[] forms) => _forms = forms;

    /// <summary>A decoder; null when the encoding is of another kind.</summary>
    public static SingleByteDecoder? For(Encoding encoding)
    {
        if (!encoding.IsSingleByte)
            return null;
        // Windows pages have holes, as in the server; .NET puts control characters or its private ones there.
        bool hasHoles = encoding.WebName.StartsWith("windows-", StringComparison.Ordinal);
        Encoding strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = new DecoderReplacementFallback("\uFFFD");
        uint[] forms = new uint[128];
        Span<byte> form = stackalloc byte[4];
        for (int i = 0; i < 256; i++)
        {
            char value = strict.GetString([(byte)i])[0];
            if (i < 128 && value != i)
                return null;
            if (i < 128)
                continue;
            if (value is '\uFFFD' or (>= '\uE000' and <= '\uF8FF') || (hasHoles && value < 0xA0))
            {
                forms[i - 128] = (1u << 24) | TextInput.Undecodable;
                continue;
            }

            int length = new Rune(value).EncodeToUtf8(form);
            forms[i - 128] = ((uint)length << 24) | form[0] | ((uint)form[1] << 8) | (length > 2 ? (uint)form[2] << 16 : 0);
        }

        return new SingleByteDecoder(forms);
    }

    /// <inheritdoc />
    public int MaxBytes(int bytes) => bytes * 3;

    /// <inheritdoc />
    public int Decode(ReadOnlySpan<byte> bytes, Span<byte> text, bool isLast)
    {
        int count = 0;
        while (true)
        {
            int run = bytes.IndexOfAnyInRange((byte)128, (byte)255);
            ReadOnlySpan<byte> plain = run < 0 ? bytes : bytes[..run];
            plain.CopyTo(text[count..]);
            count += plain.Length;
            if (run < 0)
                return count;
            bytes = bytes[run..];
            do
            {
                uint form = _forms[bytes[0] - 128];
                for (uint left = form >> 24; left > 0; left--, form >>= 8)
                    text[count++] = (byte)form;
                bytes = bytes[1..];
            }
            while (!bytes.IsEmpty && bytes[0] >= 128);
        }
    }
}
