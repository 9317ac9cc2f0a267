using System.Security.Cryptography;

namespace LakebaseOps.Loading.Decoding;

/// <summary>
/// Unpacked bytes that are known to reach to their end. .NET takes a file that breaks off for one that ends there; so the
/// packed bytes get a tail of ours, which comes out again only when all before it was whole.
/// </summary>
internal sealed class WholeStream : ReadStream
{
    private const int TailBytes = 16;

    private readonly byte[] _tail = RandomNumberGenerator.GetBytes(TailBytes);
    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly Stream _unpacked;
    private readonly string _name;
    private int _at;
    private int _end;

    /// <summary>A stream over an unpacking one.</summary>
    /// <param name="unpack">Opens the unpacked bytes with a tail appended to them.</param>
    /// <param name="name">The file, for errors.</param>
    public WholeStream(Func<byte[], Stream> unpack, string name)
    {
        _unpacked = unpack(_tail);
        _name = name;
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_end - _at <= TailBytes)
        {
            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            _end -= _at;
            _at = 0;
            int count = await FillAsync(cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _buffer.AsSpan(0, _end).SequenceEqual(_tail) ? 0
                    : throw Packed.Damaged(_name, "it breaks off, or has other bytes behind its end", cause: null);
            }

            _end += count;
        }

        int ready = Math.Min(_end - _at - TailBytes, buffer.Length);
        _buffer.AsSpan(_at, ready).CopyTo(buffer.Span);
        _at += ready;
        return ready;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _unpacked.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _unpacked.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            throw Packed.Damaged(_name, "its bytes are damaged, or it breaks off", exception);
        }
    }
}
