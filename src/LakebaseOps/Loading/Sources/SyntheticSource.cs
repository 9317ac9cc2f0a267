using System.Globalization;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Synthesis;

namespace LakebaseOps.Loading.Sources;

/// <summary>Generated rows as chunks of row numbers; nothing is read, so any range can be made anywhere at any time.</summary>
internal sealed class SyntheticSource : SeekableSource
{
    private readonly SyntheticTable _table;
    private readonly SyntheticOptions _options;
    private readonly ChunkSize _size;

    public SyntheticSource(SyntheticTable table, SyntheticOptions options, ChunkSize size)
    {
        _table = table;
        _options = options;
        _size = size;
        Columns = [.. table.Columns.Select(column => new CopyColumn(column.Name, column.Type))];
    }

    /// <inheritdoc />
    public override string Kind => "Synthetic";

    /// <inheritdoc />
    public override string Description => "generator";

    /// <inheritdoc />
    public override IReadOnlyList<CopyColumn> Columns { get; }

    /// <inheritdoc />
    public override long? TotalRows => _table.Rows;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Fingerprint => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["generator"] = string.Create(CultureInfo.InvariantCulture, $"{_table.Rows} rows, seed {_options.Seed}, NULL share {_options.NullShare}"),
        ["fields"] = string.Join(", ", Columns.Select(column => column.Name)),
    };

    /// <inheritdoc />
    public override IReadOnlyList<LoadRange> Inputs => [new LoadRange(0, 0, _table.Rows)];

    /// <inheritdoc />
    public override ValueTask<IReadOnlyList<LoadRange>> CutAsync(LoadRange rest, int count, CancellationToken cancellationToken)
    {
        List<LoadRange> parts = [];
        for (long from = rest.From; from < rest.To && parts.Count < count; from = parts[^1].To)
            parts.Add(rest with { From = from, To = Math.Min(rest.To, from + _size.Next(rest.To - from, _table.Rows)) });
        return ValueTask.FromResult<IReadOnlyList<LoadRange>>(parts);
    }

    /// <inheritdoc />
    public override ValueTask<LoadChunk> OpenAsync(LoadRange range, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new LoadChunk(range));

    /// <inheritdoc />
    public override Task ProveAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public override RowFeed CreateFeed(bool zoneIsUtc) => new SyntheticFeed(_table);

    /// <inheritdoc />
    public override Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken) =>
        Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"generated row {chunk.Range.From + record}"));

    private sealed class SyntheticFeed(SyntheticTable table) : RowFeed
    {
        private SyntheticRows _rows = new(table, 0, 0);

        public override void Open(LoadChunk chunk) => _rows = new SyntheticRows(table, chunk.Range.From, chunk.Range.To);

        public override FeedState Fill(CopyBuffer buffer, long rows = long.MaxValue)
        {
            CopyWriter writer = new(buffer);
            while (!buffer.IsFull && buffer.Rows < rows && _rows.Write(writer))
            {
            }

            return _rows.Next < _rows.End ? FeedState.More : FeedState.Done;
        }

        public override FeedState Fill(CopyText text, long rows = long.MaxValue) => throw new NotSupportedException("Generated rows are always binary.");
    }
}
