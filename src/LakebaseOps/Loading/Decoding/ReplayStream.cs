namespace LakebaseOps.Loading.Decoding;

/// <summary>
/// A stream that passes by once and yet is looked at several times from its beginning: what was read is kept until it is
/// clear that nobody begins again. Disposing it before that leaves it open.
/// </summary>
/// <param name="source">The stream.</param>
internal sealed class ReplayStream(Stream source) : ReadStream
{
    private readonly MemoryStream _kept = new();
    private bool _keeps = true;

    /// <summary>Begins again.</summary>
    /// <param name="last">True for the last time.</param>
    public ReplayStream Restart(bool last)
    {
        if (!_keeps)
            throw new InvalidOperationException("What passes by once was to be read a second time.");
        _keeps = !last;
        _kept.Position = 0;
        return this;
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = _kept.Read(buffer.Span);
        if (count > 0)
            return count;
        count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (_keeps)
            _kept.Write(buffer.Span[..count]);
        return count;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_keeps)
            source.Dispose();
        base.Dispose(disposing);
    }
}
