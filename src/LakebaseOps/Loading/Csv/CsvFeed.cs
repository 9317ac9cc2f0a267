using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Csv;

/// <summary>Encodes the records of CSV chunks. Rows with a value that only the server can read are put aside.</summary>
internal sealed class CsvFeed(CsvDialect dialect, IReadOnlyList<CopyColumn> columns, bool zoneIsUtc) : RowFeed
{
    private const int FewAside = 256;

    private readonly CsvReader _reader = new(dialect, columns.Count);
    private readonly CsvReader _back = new(dialect, columns.Count);
    private readonly CsvRecords _again = new(dialect, columns.Count);
    private readonly RowEncoder _encoder = new(columns, zoneIsUtc);
    private readonly List<AsideRow> _aside = [];
    private readonly Dictionary<int, int> _excluded = [];
    private readonly List<FeedMark> _blocks = [];
    private CsvChunk _chunk = null!;
    private int _next;

    /// <inheritdoc />
    public override long BytesRead => _reader.Position;

    /// <inheritdoc />
    public override long Lines => _reader.Lines;

    /// <inheritdoc />
    public override IReadOnlyList<AsideRow> Aside => _aside;

    /// <inheritdoc />
    public override FeedMark Mark => new(_reader.Position, _reader.Lines, _next, _aside.Count);

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
        _reader.Open(_chunk, mark.Position, mark.Lines);
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
            if (_encoder.TryWrite(_reader.Record, buffer, out int column))
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
                text.Write(_reader.Record, _encoder, columns.Count);
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
                _back.Open(_chunk, _blocks[block].Position, _blocks[block].Lines);
                next = _blocks[block].Record;
            }

            while (next <= record && _back.Skip())
                next++;
            buffer.Begin();
            if (!_encoder.TryWrite(_back.Record, buffer, out _))
                throw new InvalidOperationException($"Record {record} was never sent.");
            buffer.EndRow();
            sum = unchecked(sum + buffer.Hash);
            _aside.Add(new AsideRow(record, _back.Start, _back.LinesBefore, _back.Raw.ToArray(), -1, null));
        }

        _aside.Sort(static (one, other) => one.Record.CompareTo(other.Record));
        return sum;
    }

    /// <inheritdoc />
    public override CsvRecords Read(AsideRow row)
    {
        _again.Open(row.Raw, 0, row.Raw.Length, _chunk.LineEnd);
        _again.Read();
        return _again;
    }

    private void PutAside(int column, CsvFault? fault = null) =>
        _aside.Add(new AsideRow(_next - 1, _reader.Start, _reader.LinesBefore, _reader.Raw.ToArray(), column, fault));

    /// <summary>Goes to the next record that can be taken apart.</summary>
    private bool Next()
    {
        while (true)
        {
            try
            {
                bool found = _reader.Read();
                _next += found ? 1 : 0;
                return found;
            }
            catch (CsvFault fault) when (KeepsFaults)
            {
                _next++;
                PutAside(fault.Column, fault);
            }
        }
    }
}
