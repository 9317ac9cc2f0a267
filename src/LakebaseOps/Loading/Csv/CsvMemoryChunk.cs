using System.Buffers;
using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Loading.Csv;

/// <summary>CSV records in memory: of inputs that pass by once.</summary>
/// <param name="range">Where they come from.</param>
/// <param name="data">An array of the shared pool, which gets it back.</param>
/// <param name="length">Bytes in use.</param>
/// <param name="lineEnd">What ends a line.</param>
internal sealed class CsvMemoryChunk(LoadRange range, byte[] data, int length, LineEnd lineEnd) : CsvChunk(range, length, lineEnd)
{
    private byte[]? _data = data;

    /// <inheritdoc />
    public override byte[] Whole => _data ?? throw new ObjectDisposedException(nameof(CsvMemoryChunk));

    /// <inheritdoc />
    public override void Read(long at, Span<byte> into) => Whole.AsSpan((int)at, into.Length).CopyTo(into);

    /// <inheritdoc />
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _data, null) is byte[] used)
            ArrayPool<byte>.Shared.Return(used);
        base.Dispose();
    }
}
