using System.Buffers;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Loading.Csv;

/// <summary>Whole CSV records in memory.</summary>
/// <param name="range">Where they come from.</param>
/// <param name="data">An array that is somebody's to use again.</param>
/// <param name="length">Bytes in use.</param>
/// <param name="lineEnd">What ends a line.</param>
/// <param name="release">Takes the array back; the shared pool by default.</param>
internal sealed class CsvChunk(LoadRange range, byte[] data, int length, LineEnd lineEnd, Action<byte[]>? release = null) : LoadChunk(range)
{
    private byte[]? _data = data;
    private (int Offset, int Lines) _counted;

    /// <summary>The bytes; only the first <see cref="Length"/> count.</summary>
    public byte[] Data => _data ?? throw new ObjectDisposedException(nameof(CsvChunk));

    /// <summary>Bytes in use.</summary>
    public int Length { get; } = length;

    /// <summary>What ends a line.</summary>
    public LineEnd LineEnd { get; } = lineEnd;

    /// <summary>Number of its first line in the file, where whoever read it knows.</summary>
    public long? FirstLine { get; init; }

    /// <summary>Offset of a record within the chunk.</summary>
    public int OffsetOf(long record, CsvDialect dialect)
    {
        CsvRecords records = new(dialect with { Fields = null }, columns: 1);
        records.Open(Data, 0, Length, LineEnd);
        for (long i = 0; records.Skip() && i < record; i++)
        {
        }

        return records.Start;
    }

    /// <summary>Number of the line within the chunk, from 0, that an offset is in.</summary>
    public int LineOf(int offset)
    {
        // Who asks mostly asks in order: count on from there.
        (int at, int lines) = offset < _counted.Offset ? default : _counted;
        lines += Data.AsSpan(at, offset - at).Count(LineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n');
        _counted = (offset, lines);
        return lines;
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _data, null) is byte[] used)
        {
            if (release is null)
                ArrayPool<byte>.Shared.Return(used);
            else
                release(used);
        }

        base.Dispose();
    }
}
