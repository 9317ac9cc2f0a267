using System.Buffers;
using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>
/// Pipeline objects as chunks of CSV records, so that they take the same way as files. They pass by once: a load of them
/// can be retried chunk by chunk while it runs, but not resumed by another call.
/// </summary>
internal sealed class RecordSource : SequentialSource
{
    private static readonly CsvDialect Dialect = new((byte)',', (byte)'"', (byte)'"') { Header = CsvHeader.None };

    private readonly RecordChannel _records;
    private readonly object?[][]? _first;
    private readonly int _chunkRows;
    private readonly int _chunkBytes;
    private readonly StringBuilder _line = new();
    private object?[][] _batch = [];
    private int _next;
    private long _row;

    private RecordSource(
        RecordChannel records, object?[][]? first, IReadOnlyList<CopyColumn> columns, int chunkRows, int chunkBytes)
    {
        _records = records;
        _first = first;
        _batch = first ?? [];
        _chunkRows = chunkRows;
        _chunkBytes = chunkBytes;
        Columns = columns;
    }

    /// <inheritdoc />
    public override string Kind => "Objects";

    /// <inheritdoc />
    public override string Description => "pipeline objects";

    /// <inheritdoc />
    public override IReadOnlyList<CopyColumn> Columns { get; }

    /// <inheritdoc />
    public override bool IsRepeatable => false;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Fingerprint => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["objects"] = "pass by once",
    };

    /// <summary>Waits for the first object, whose properties say which columns are loaded.</summary>
    public static async Task<RecordSource> CreateAsync(
        RecordChannel records,
        Func<IReadOnlyList<string>, Task<IReadOnlyList<CopyColumn>>> match,
        BulkLoadOptions options,
        CancellationToken cancellationToken)
    {
        object?[][]? first = await records.ReadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CopyColumn> columns = await match(records.Names).ConfigureAwait(false);
        return new RecordSource(
            records, first, columns, options.ChunkRows ?? LoadDefaults.ChunkRows, options.ChunkBytes ?? LoadDefaults.ChunkBytes);
    }

    /// <inheritdoc />
    public override void Resume(IReadOnlyCollection<LoadRange> done)
    {
        _batch = _first ?? [];
        _next = 0;
        _row = 0;
    }

    /// <inheritdoc />
    public override RowFeed CreateFeed(bool zoneIsUtc) => new CsvFeed(Dialect, Columns, zoneIsUtc);

    /// <inheritdoc />
    public override Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken) =>
        Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"input object {chunk.Range.From + record + 1}"));

    /// <inheritdoc />
    public override ValueTask DisposeAsync()
    {
        _records.Abandon();
        return base.DisposeAsync();
    }

    /// <inheritdoc />
    protected override async ValueTask<LoadChunk?> TakeAsync(CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> text = new(64 * 1024);
        long from = _row;
        while (_row - from < _chunkRows && text.WrittenCount < _chunkBytes)
        {
            if (_next == _batch.Length)
            {
                if (await _records.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } batch)
                    break;
                _batch = batch;
                _next = 0;
            }

            Append(text, _batch[_next++]);
            _row++;
        }

        if (_row == from)
            return null;
        byte[] data = ArrayPool<byte>.Shared.Rent(text.WrittenCount);
        text.WrittenSpan.CopyTo(data);
        return new CsvMemoryChunk(new LoadRange(0, from, _row), data, text.WrittenCount, LineEnd.Feed);
    }

    private void Append(ArrayBufferWriter<byte> text, object?[] values)
    {
        _line.Clear();
        for (int i = 0; i < Columns.Count; i++)
        {
            if (i > 0)
                _line.Append(',');
            RecordText.Append(_line, values[i], Columns[i]);
        }

        _line.Append('\n');
        foreach (ReadOnlyMemory<char> part in _line.GetChunks())
            Encoding.UTF8.GetBytes(part.Span, text);
    }
}
