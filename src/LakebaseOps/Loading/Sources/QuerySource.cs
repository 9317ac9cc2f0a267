using System.Globalization;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>
/// Rows of a query of this or another server. They come as binary COPY, each column cast to the type of the target's, and go
/// on as they are: nothing decodes them. They pass by once, in one snapshot of the source.
/// </summary>
internal sealed class QuerySource : SequentialSource
{
    private readonly SourceQuery _query;
    private readonly int _chunkBytes;
    private readonly int _chunkRows;
    private TupleReader? _reader;
    private bool _isRead;
    private LakebaseException? _failure;
    private long _row;

    public QuerySource(SourceQuery query, int chunkBytes, int chunkRows)
    {
        _query = query;
        _chunkBytes = chunkBytes;
        _chunkRows = chunkRows;
    }

    /// <inheritdoc />
    public override string Kind => "Query";

    /// <inheritdoc />
    public override string Description => _query.Description;

    /// <inheritdoc />
    public override IReadOnlyList<CopyColumn> Columns => _query.Columns;

    /// <inheritdoc />
    public override IEnumerable<string> Details => _query.Casts;

    /// <inheritdoc />
    public override bool IsRepeatable => false;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Fingerprint => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["query"] = "passes by once",
    };

    /// <inheritdoc />
    public override void Resume(IReadOnlyCollection<LoadRange> done)
    {
    }

    /// <inheritdoc />
    public override RowFeed CreateFeed(bool zoneIsUtc) => new QueryFeed(Columns);

    /// <inheritdoc />
    public override Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken) =>
        Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"row {chunk.Range.From + record + 1} of {Description}"));

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override async ValueTask<LoadChunk?> TakeAsync(CancellationToken cancellationToken)
    {
        if (_isRead)
            return null;
        // Every stream asks; a source that has failed once has no more rows for any of them.
        if (_failure is not null)
            throw _failure;
        try
        {
            _reader ??= await _query.OpenAsync(cancellationToken).ConfigureAwait(false);
            TupleBlock? block = await _reader.ReadAsync(_chunkBytes, _chunkRows, cancellationToken).ConfigureAwait(false);
            if (block is not null)
            {
                long from = _row;
                _row += block.Rows;
                return new QueryChunk(new LoadRange(0, from, _row), block);
            }
        }
        catch (Exception exception) when (SourceQuery.IsFault(exception))
        {
            _failure = _query.Failed(exception);
            throw _failure;
        }

        // Now, not at the end of the load: its transaction would be in the way of a swap of the very table that it read.
        _isRead = true;
        await CloseAsync().ConfigureAwait(false);
        return null;
    }

    private async Task CloseAsync()
    {
        if (_reader is not null)
            await _reader.DisposeAsync().ConfigureAwait(false);
        _reader = null;
    }
}
