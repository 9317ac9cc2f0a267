using ZstdSharp;

namespace LakebaseOps.Loading.Decoding;

/// <summary>Unpacks Zstandard; frames that ask for a window of more than 128 MiB are refused, as the program zstd refuses them.</summary>
/// <param name="packed">The packed bytes.</param>
/// <param name="name">The file, for errors.</param>
internal sealed class ZstdInput(Stream packed, string name) : ReadStream
{
    private readonly DecompressionStream _plain = new(packed, leaveOpen: false);

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _plain.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (ZstdException exception)
        {
            throw Packed.Damaged(name, $"its bytes are damaged, or others are behind its end ({exception.Message})", exception);
        }
        catch (EndOfStreamException exception)
        {
            throw Packed.Damaged(name, "it breaks off", exception);
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _plain.Dispose();
        base.Dispose(disposing);
    }
}
