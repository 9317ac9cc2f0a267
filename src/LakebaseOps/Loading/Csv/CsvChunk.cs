using System.Buffers;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Csv;

/// <summary>Whole CSV records in memory.</summary>
/// <param name="range">Where they come from.</param>
/// <param name="data">A rented array.</param>
/// <param name="length">Bytes in use.</param>
/// <param name="lineEnd">What ends a line.</param>
internal sealed class CsvChunk(LoadRange range, byte[] data, int length, LineEnd lineEnd) : LoadChunk(range)
{
    private byte[]? _data = data;

    /// <summary>The bytes; only the first <see cref="Length"/> count.</summary>
    public byte[] Data => _data ?? throw new ObjectDisposedException(nameof(CsvChunk));

    /// <summary>Bytes in use.</summary>
    public int Length { get; } = length;

    /// <summary>What ends a line.</summary>
    public LineEnd LineEnd { get; } = lineEnd;

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

    /// <inheritdoc />
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _data, null) is byte[] rented)
            ArrayPool<byte>.Shared.Return(rented);
        base.Dispose();
    }
}

/// <summary>Encodes the records of CSV chunks.</summary>
internal sealed class CsvFeed(CsvDialect dialect, IReadOnlyList<CopyColumn> columns, bool zoneIsUtc) : RowFeed
{
    private readonly CsvRecords _records = new(dialect, columns.Count);
    private readonly RowEncoder _encoder = new(columns, zoneIsUtc);

    /// <inheritdoc />
    public override long BytesRead => _records.Position;

    /// <inheritdoc />
    public override void Open(LoadChunk chunk)
    {
        CsvChunk own = (CsvChunk)chunk;
        _records.Open(own.Data, 0, own.Length, own.LineEnd);
    }

    /// <inheritdoc />
    public override FeedState Fill(CopyBuffer buffer)
    {
        while (!buffer.IsFull)
        {
            if (!_records.Read())
                return FeedState.Done;
            if (!_encoder.TryWrite(_records, buffer, out _))
                return FeedState.NeedsText;
        }

        return FeedState.More;
    }

    /// <inheritdoc />
    public override FeedState Fill(CopyText text)
    {
        while (!text.IsFull)
        {
            if (!_records.Read())
                return FeedState.Done;
            text.Write(_records, _encoder, columns.Count);
        }

        return FeedState.More;
    }
}
