using System.Buffers;
using System.Buffers.Binary;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Whole rows of a binary COPY in memory.</summary>
/// <param name="range">Numbers of the rows.</param>
/// <param name="block">The rows.</param>
internal sealed class QueryChunk(LoadRange range, TupleBlock block) : LoadChunk(range)
{
    private TupleBlock? _block = block;

    /// <summary>The rows.</summary>
    public TupleBlock Block => _block ?? throw new ObjectDisposedException(nameof(QueryChunk));

    /// <inheritdoc />
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is { } own)
            ArrayPool<byte>.Shared.Return(own.Data);
        base.Dispose();
    }
}

/// <summary>Hands rows of a binary COPY on as they are.</summary>
/// <param name="columns">Their columns.</param>
internal sealed class QueryFeed(IReadOnlyList<CopyColumn> columns) : RowFeed
{
    private const int ElementAt = 8;

    // Element types of arrays that have other numbers on another server; 0 where the value goes as it is.
    private readonly uint[] _elements = [.. columns.Select(column => column.Kind == ColumnKind.Array ? column.Wire.ElementOid : 0)];
    private TupleBlock _block = new([], 0, 0);
    private int _at;

    /// <inheritdoc />
    public override long BytesRead => _at;

    /// <inheritdoc />
    public override void Open(LoadChunk chunk)
    {
        _block = ((QueryChunk)chunk).Block;
        _at = 0;
    }

    /// <inheritdoc />
    public override FeedState Fill(CopyBuffer buffer, long rows = long.MaxValue)
    {
        while (!buffer.IsFull && buffer.Rows < rows)
        {
            if (_at == _block.Length)
                return FeedState.Done;
            int end = Next();
            buffer.WriteRow(_block.Data.AsSpan(_at, end - _at));
            _at = end;
        }

        return FeedState.More;
    }

    /// <inheritdoc />
    public override FeedState Fill(CopyText text, long rows = long.MaxValue) => throw new NotSupportedException("Rows of a query are always binary.");

    /// <summary>The end of the row; its arrays get the target's numbers of their element types.</summary>
    private int Next()
    {
        int at = _at + 2;
        foreach (uint element in _elements)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(_block.Data.AsSpan(at));
            at += 4;
            if (length < 0)
                continue;
            if (element != 0)
                BinaryPrimitives.WriteUInt32BigEndian(_block.Data.AsSpan(at + ElementAt), element);
            at += length;
        }

        return at;
    }
}
