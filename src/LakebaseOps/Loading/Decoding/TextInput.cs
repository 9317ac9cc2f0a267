using System.Text;

namespace LakebaseOps.Loading.Decoding;

/// <summary>
/// Text of another encoding as UTF-8. A byte that means nothing in its encoding becomes 0xFF, which is in no UTF-8 text: so
/// the record that holds it is refused like one with bytes that are no UTF-8, and nothing is guessed.
/// </summary>
internal sealed class TextInput : ReadStream
{
    /// <summary>Stands for what could not be decoded.</summary>
    public const byte Undecodable = 0xFF;

    private const int SourceBytes = 64 * 1024;

    private readonly Stream _source;
    private readonly ITextDecoder _decoder;
    private readonly byte[] _bytes = new byte[SourceBytes];
    private readonly byte[] _text;
    private int _at;
    private int _end;
    private bool _isEnded;

    /// <summary>A stream of UTF-8.</summary>
    /// <param name="source">The encoded bytes; disposed with this.</param>
    /// <param name="encoding">Their encoding.</param>
    public TextInput(Stream source, Encoding encoding)
    {
        _source = source;
        _decoder = SingleByteDecoder.For(encoding) ?? (ITextDecoder)new AnyDecoder(encoding);
        _text = new byte[_decoder.MaxBytes(SourceBytes)];
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_at == _end && !_isEnded)
        {
            int count = await _source.ReadAsync(_bytes, cancellationToken).ConfigureAwait(false);
            _isEnded = count == 0;
            _at = 0;
            _end = _decoder.Decode(_bytes.AsSpan(0, count), _text, _isEnded);
        }

        int ready = Math.Min(_end - _at, buffer.Length);
        _text.AsSpan(_at, ready).CopyTo(buffer.Span);
        _at += ready;
        return ready;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Turns encoded bytes into UTF-8, piece by piece.</summary>
internal interface ITextDecoder
{
    /// <summary>The most that a number of bytes can become.</summary>
    int MaxBytes(int bytes);

    /// <summary>Decodes a piece and answers how many bytes it became.</summary>
    /// <param name="bytes">The piece.</param>
    /// <param name="text">Where to.</param>
    /// <param name="isLast">No more pieces follow.</param>
    int Decode(ReadOnlySpan<byte> bytes, Span<byte> text, bool isLast);
}
