using System.Buffers;
using System.IO.Compression;

namespace LakebaseOps.Loading.Decoding;

/// <summary>Unpacks Brotli; unlike .NET's own stream it notices when the packed bytes break off.</summary>
/// <param name="packed">The packed bytes.</param>
/// <param name="name">The file, for errors.</param>
internal sealed class BrotliInput(Stream packed, string name) : ReadStream
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private BrotliDecoder _decoder;
    private int _at;
    private int _end;
    private bool _isDone;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_isDone && !buffer.IsEmpty)
        {
            OperationStatus status = _decoder.Decompress(_buffer.AsSpan(_at, _end - _at), buffer.Span, out int consumed, out int written);
            _at += consumed;
            if (status == OperationStatus.InvalidData)
                throw Packed.Damaged(name, "its bytes are damaged, or it is no Brotli", cause: null);
            if (status == OperationStatus.Done)
                await FinishAsync(cancellationToken).ConfigureAwait(false);
            else if (written == 0 && !await FillAsync(cancellationToken).ConfigureAwait(false))
                throw Packed.Damaged(name, "it breaks off", cause: null);
            if (written > 0)
                return written;
        }

        return 0;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
            packed.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        _isDone = true;
        if (_at < _end || await FillAsync(cancellationToken).ConfigureAwait(false))
            throw Packed.Damaged(name, "it has other bytes behind its end", cause: null);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _end = await packed.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        _at = 0;
        return _end > 0;
    }
}
