using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Csv;

/// <summary>Encodes the records of CSV chunks. Rows with a value that only the server can read are put aside.</summary>
internal sealed class CsvFeed(CsvDialect dialect, IReadOnlyList<CopyColumn> columns, bool zoneIsUtc) : RowFeed
{
    private const int FewAside = 256;

    private readonly CsvRecords _records = new(dialect, columns.Count);
    private readonly CsvRecords _again = new(dialect, columns.Count);
    private readonly RowEncoder _encoder = new(columns, zoneIsUtc);
    private readonly List<AsideRow> _aside = [];
    private readonly Dictionary<int, int> _excluded = [];
    private readonly List<FeedMark> _blocks = [];
    private CsvChunk _chunk = null!;
    private int _next;

    /// <inheritdoc />
    public override long BytesRead => _records.Position;

    /// <inheritdoc />
    public override long Lines => _chunk.LineOf(_chunk.Length);

    /// <inheritdoc />
    public override IReadOnlyList<AsideRow> Aside => _aside;

    /// <inheritdoc />
    public override FeedMark Mark => new(_records.Position, _next, _aside.Count);

    /// <inheritdoc />
    public override bool CanReturn => true;

    /// <inheritdoc />
    public override void Open(LoadChunk chunk)
    {
        _chunk = (CsvChunk)chunk;
        _excluded.Clear();
        Return(default);
    }

    /// <inheritdoc />
    public override void Return(FeedMark mark)
    {
        _aside.RemoveRange(mark.Aside, _aside.Count - mark.Aside);
        _next = mark.Record;
        _blocks.RemoveAll(block => block.Record >= mark.Record);
        _records.Open(_chunk.Data, mark.Position, _chunk.Length, _chunk.LineEnd);
    }

    /// <inheritdoc />
    public override void Exclude(int record, int column) => _excluded[record] = column;

    /// <inheritdoc />
    public override FeedState Fill(CopyBuffer buffer, long rows = long.MaxValue)
    {
        if (KeepsFaults)
            _blocks.Add(Mark);
        while (!buffer.IsFull && buffer.Rows < rows)
        {
            if (!Next())
                return FeedState.Done;
            if (_encoder.TryWrite(_records, buffer, out int column))
            {
                if (_excluded.Count > 0 && _excluded.TryGetValue(_next - 1, out int fault))
                {
                    buffer.DropRow();
                    PutAside(fault);
                }

                if (rows != long.MaxValue)
                    buffer.EndRow();
                continue;
            }

            if (_aside.Count >= FewAside && _aside.Count > _next / 8)
                return FeedState.NeedsText;
            PutAside(column);
        }

        return FeedState.More;
    }

    /// <inheritdoc />
    public override FeedState Fill(CopyText text, long rows = long.MaxValue)
    {
        while (!text.IsFull && text.Rows < rows)
        {
            if (!Next())
                return FeedState.Done;
            if (_excluded.Count > 0 && _excluded.TryGetValue(_next - 1, out int fault))
                PutAside(fault);
            else
                text.Write(_records, _encoder, columns.Count);
        }

        return FeedState.More;
    }

    /// <inheritdoc />
    public override int FillAside(CopyText text, int from)
    {
        for (; from < _aside.Count && !text.IsFull; from++)
            text.Write(Read(_aside[from]), _encoder, columns.Count);
        return from;
    }

    /// <inheritdoc />
    public override UInt128 TakeBack(IReadOnlyList<int> records, CopyBuffer buffer)
    {
        UInt128 sum = UInt128.Zero;
        int next = int.MaxValue;
        int block = 0;
        foreach (int record in records)
        {
            // From the beginning of the block that the record went in, or on from the last one.
            int from = block;
            while (block + 1 < _blocks.Count && _blocks[block + 1].Record <= record)
                block++;
            if (block > from || next > record)
            {
                _again.Open(_chunk.Data, _blocks[block].Position, _chunk.Length, _chunk.LineEnd);
                next = _blocks[block].Record;
            }

            while (next <= record && _again.Skip())
                next++;
            buffer.Begin();
            if (!_encoder.TryWrite(_again, buffer, out _))
                throw new InvalidOperationException($"Record {record} was never sent.");
            buffer.EndRow();
            sum = unchecked(sum + buffer.Hash);
            _aside.Add(new AsideRow(record, _again.Start, _again.Position, -1, null));
        }

        _aside.Sort(static (one, other) => one.Record.CompareTo(other.Record));
        return sum;
    }

    /// <inheritdoc />
    public override CsvRecords Read(AsideRow row)
    {
        _again.Open(_chunk.Data, row.Start, row.End, _chunk.LineEnd);
        _again.Read();
        return _again;
    }

    /// <inheritdoc />
    public override ReadOnlySpan<byte> Raw(AsideRow row) => _chunk.Data.AsSpan(row.Start, row.End - row.Start);

    /// <inheritdoc />
    public override long LineOf(AsideRow row) => _chunk.LineOf(row.Start);

    private void PutAside(int column) => _aside.Add(new AsideRow(_next - 1, _records.Start, _records.Position, column, null));

    /// <summary>Goes to the next record that can be taken apart.</summary>
    private bool Next()
    {
        while (true)
        {
            try
            {
                bool found = _records.Read();
                _next += found ? 1 : 0;
                return found;
            }
            catch (CsvFault fault) when (KeepsFaults)
            {
                _aside.Add(new AsideRow(_next++, _records.Start, _records.Position, fault.Column, fault));
            }
        }
    }
}
