using System.Buffers;
using System.Globalization;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// CSV files as chunks. One reader goes through each file in turn and cuts at ends of records; encoding, the expensive
/// part, is done by the streams. Bytes that an earlier call loaded are jumped over, or decompressed and forgotten.
/// </summary>
internal sealed class CsvSource : LoadSource
{
    private const int LongestRecord = 256 * 1024 * 1024;

    private readonly CsvDialect _dialect;
    private readonly IReadOnlyList<CsvInput> _inputs;
    private readonly int _chunkBytes;
    private readonly Queue<LoadRange> _left = new();
    private Stream? _stream;
    private int _open = -1;
    private long _position;
    private byte[] _carry = [];
    private int _carried;

    public CsvSource(CsvDialect dialect, IReadOnlyList<CsvInput> inputs, IReadOnlyList<CopyColumn> columns, int chunkBytes)
    {
        _dialect = dialect;
        _inputs = inputs;
        _chunkBytes = chunkBytes;
        Columns = columns;
        Resume([]);
    }

    /// <inheritdoc />
    public override string Kind => "Files";

    /// <inheritdoc />
    public override string Description => _inputs.Count == 1 ? _inputs[0].Name : $"{_inputs.Count} files ({_inputs[0].Name}, ...)";

    /// <inheritdoc />
    public override IReadOnlyList<CopyColumn> Columns { get; }

    /// <inheritdoc />
    public override long? TotalBytes => _inputs.All(input => input.IsPlain) ? _inputs.Sum(input => input.Length - input.DataStart) : null;

    /// <summary>Bytes of all files on disk.</summary>
    public long DiskBytes => _inputs.Sum(input => input.Length);

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Fingerprint => new SortedDictionary<string, string>(
        _inputs.Select((input, number) => KeyValuePair.Create(
                string.Create(CultureInfo.InvariantCulture, $"file {number} {input.Name}"),
                string.Create(CultureInfo.InvariantCulture, $"{input.Length} bytes, {input.Proof}")))
            .Append(KeyValuePair.Create("layout", _dialect.Describe()))
            .Append(KeyValuePair.Create("fields", string.Join(", ", Columns.Select(column => column.Name))))
            .ToDictionary(), StringComparer.Ordinal);

    /// <inheritdoc />
    public override void Resume(IReadOnlyCollection<LoadRange> done)
    {
        _left.Clear();
        for (int i = 0; i < _inputs.Count; i++)
        {
            LoadRange whole = new(i, _inputs[i].DataStart, _inputs[i].IsPlain ? _inputs[i].Length : long.MaxValue);
            foreach (LoadRange range in LoadRange.Left(whole, done))
                _left.Enqueue(range);
        }
    }

    /// <inheritdoc />
    public override RowFeed CreateFeed(bool zoneIsUtc) => new CsvFeed(_dialect, Columns, zoneIsUtc);

    /// <inheritdoc />
    public override async Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken)
    {
        CsvChunk own = (CsvChunk)chunk;
        long offset = own.Range.From + own.OffsetOf(record, _dialect);
        return await _inputs[own.Range.Input].DescribeAsync(offset, _dialect, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override async ValueTask<LoadChunk?> TakeAsync(CancellationToken cancellationToken)
    {
        while (_left.TryPeek(out LoadRange range))
        {
            CsvInput input = _inputs[range.Input];
            await SeekAsync(range, cancellationToken).ConfigureAwait(false);
            byte[] data = ArrayPool<byte>.Shared.Rent(Math.Max(_chunkBytes, _carried * 2));
            int count = _carried;
            _carry.AsSpan(0, _carried).CopyTo(data);
            int cut;
            bool isAll;
            while (true)
            {
                // Not the whole rented array: what a chunk holds should follow from its size, not from the pool.
                int room = (int)Math.Min(Math.Max(_chunkBytes, count), range.To - range.From) - count;
                if (room <= 0)
                    room = (int)Math.Min(data.Length - count, range.To - range.From - count);
                int read = await _stream!.ReadAtLeastAsync(data.AsMemory(count, room), room, throwOnEndOfStream: false, cancellationToken)
                    .ConfigureAwait(false);
                count += read;
                isAll = read < room || count == range.To - range.From;
                cut = isAll ? count : CsvCutter.LastEnd(data.AsSpan(0, count), _dialect, input.LineEnd, out _);
                if (cut > 0 || isAll)
                    break;
                if (data.Length >= LongestRecord)
                    throw TooLong(input, range.From);
                byte[] larger = ArrayPool<byte>.Shared.Rent(data.Length * 2);
                data.AsSpan(0, count).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(data);
                data = larger;
            }

            if (isAll && input.IsPlain && count < range.To - range.From)
                throw Shortened(input);
            _left.Dequeue();
            Keep(data.AsSpan(cut, count - cut));
            LoadRange taken = range with { To = range.From + cut };
            if (!isAll)
                Requeue(range with { From = taken.To });
            _position = taken.To;
            if (cut > 0)
                return new CsvChunk(taken, data, cut, input.LineEnd);
            ArrayPool<byte>.Shared.Return(data);
        }

        await CloseAsync().ConfigureAwait(false);
        return null;
    }

    private void Requeue(LoadRange rest)
    {
        LoadRange[] others = [.. _left];
        _left.Clear();
        _left.Enqueue(rest);
        foreach (LoadRange other in others)
            _left.Enqueue(other);
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (_carry.Length < rest.Length)
            _carry = new byte[rest.Length * 2];
        rest.CopyTo(_carry);
        _carried = rest.Length;
    }

    private async Task SeekAsync(LoadRange range, CancellationToken cancellationToken)
    {
        if (_open != range.Input)
        {
            await CloseAsync().ConfigureAwait(false);
            _stream = _inputs[range.Input].OpenRead(_dialect);
            _open = range.Input;
        }

        if (_position == range.From)
            return;
        long forward = range.From - (_position + _carried);
        _carried = 0;
        _position = range.From;
        if (_inputs[range.Input].IsPlain)
        {
            _stream!.Position = range.From;
            return;
        }

        byte[] buffer = new byte[64 * 1024];
        while (forward > 0)
        {
            int read = await _stream!.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, forward)), cancellationToken)
                .ConfigureAwait(false);
            if (read == 0)
                break;
            forward -= read;
        }
    }

    private async Task CloseAsync()
    {
        if (_stream is not null)
            await _stream.DisposeAsync().ConfigureAwait(false);
        _stream = null;
        _open = -1;
        _position = 0;
        _carried = 0;
    }

    private static LakebaseException TooLong(CsvInput input, long offset) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData,
            string.Create(CultureInfo.InvariantCulture, $"{input.Name}: the record at byte {offset} is longer than 256 MB; perhaps a quote is not closed."))
        { Target = input.Path, Remedy = "Correct the file, or give the right -Quote." }.ToException();

    private static LakebaseException Shortened(CsvInput input) =>
        new LakebaseError(ErrorIds.LoadChanged, LakebaseErrorKind.InvalidState, $"{input.Name} became shorter while it was loaded.")
        { Target = input.Path, Remedy = "Load a file that nobody changes, with -Restart." }.ToException();
}
