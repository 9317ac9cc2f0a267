using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace LakebaseOps.Loading.Decoding;

/// <summary>Decodes any encoding that .NET knows, such as UTF-16.</summary>
internal sealed class AnyDecoder : ITextDecoder
{
    // Takes the place of bytes that mean nothing. Itself it is no character, and no text to be exchanged holds it.
    private const char Nothing = '\uFFFF';

    private readonly Encoding _encoding;
    private readonly Decoder _decoder;
    private char[] _chars = [];

    /// <summary>A decoder.</summary>
    public AnyDecoder(Encoding encoding)
    {
        _encoding = (Encoding)encoding.Clone();
        _encoding.DecoderFallback = new DecoderReplacementFallback(Nothing.ToString());
        _decoder = _encoding.GetDecoder();
    }

    /// <inheritdoc />
    public int MaxBytes(int bytes) => _encoding.GetMaxCharCount(bytes) * 3;

    /// <inheritdoc />
    public int Decode(ReadOnlySpan<byte> bytes, Span<byte> text, bool isLast)
    {
        int needed = _encoding.GetMaxCharCount(bytes.Length);
        if (_chars.Length < needed)
            _chars = new char[needed];
        ReadOnlySpan<char> chars = _chars.AsSpan(0, _decoder.GetChars(bytes, _chars, isLast));
        int count = 0;
        while (true)
        {
            int nothing = chars.IndexOf(Nothing);
            OperationStatus status = Utf8.FromUtf16(nothing < 0 ? chars : chars[..nothing], text[count..], out _, out int written, replaceInvalidSequences: false);
            if (status != OperationStatus.Done)
                throw new InvalidOperationException($"A decoder of {_encoding.WebName} made characters that are none ({status}).");
            count += written;
            if (nothing < 0)
                return count;
            text[count++] = TextInput.Undecodable;
            chars = chars[(nothing + 1)..];
        }
    }
}
