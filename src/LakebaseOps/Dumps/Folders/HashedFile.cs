using System.Security.Cryptography;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Dumps.Folders;

/// <summary>A file that is hashed as it is read.</summary>
/// <param name="file">The file; disposed with this.</param>
internal sealed class HashedFile(Stream file) : ReadStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _length;

    /// <inheritdoc />
    public override long Length => _length;

    /// <summary>SHA-256 of what was read so far, as hexadecimal.</summary>
    public string Sha256 => SafeFile.Hex(_hash.GetCurrentHash());

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _hash.AppendData(buffer.Span[..count]);
        _length += count;
        return count;
    }

    /// <summary>Reads what is left.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
