using System.Buffers;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// CSV that can only be read from its beginning: packed, in another encoding, or passing by. One reader goes through each file in turn
/// and cuts at ends of records; encoding, the expensive part, is done by the streams. Bytes that an earlier call loaded are
/// jumped over, or unpacked and forgotten.
/// </summary>
internal sealed class CsvStreamSource : SequentialSource
{
    private readonly CsvFiles _files;
    private readonly Queue<LoadRange> _left = new();
    private Stream? _stream;
    private int _open = -1;
    private long _position;
    private long _line = 1;
    private byte[] _carry = [];
    private int _carried;

    public CsvStreamSource(CsvFiles files)
    {
        _files = files;
        Resume([]);
    }

    /// <inheritdoc />
    public override string Kind => "Files";

    /// <inheritdoc />
    public override string Description => _files.Description;

    /// <inheritdoc />
    public override IReadOnlyList<CopyColumn> Columns => _files.Columns;

    /// <inheritdoc />
    public override bool IsRepeatable => _files.Inputs.All(input => input.Once is null);

    /// <inheritdoc />
    public override IReadOnlyList<(int Input, string Name, long Rows)> ExpectedRows => _files.ExpectedRows;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Fingerprint => _files.Fingerprint;

    /// <inheritdoc />
    public override void Resume(IReadOnlyCollection<LoadRange> done)
    {
        _left.Clear();
        for (int i = 0; i < _files.Inputs.Count; i++)
        {
            LoadRange whole = new(i, _files.Inputs[i].DataStart, _files.Inputs[i].IsPlain ? _files.Inputs[i].Length : long.MaxValue);
            foreach (LoadRange range in LoadRange.Left(whole, done))
                _left.Enqueue(range);
        }
    }

    /// <inheritdoc />
    public override RowFeed CreateFeed(bool zoneIsUtc) => new CsvFeed(_files.Dialect, Columns, zoneIsUtc);

    /// <inheritdoc />
    public override string? NameOf(int input) => _files.Inputs[input].Name;

    /// <inheritdoc />
    public override (long Offset, long Lines) BeginningOf(int input) => (_files.Inputs[input].DataStart, _files.Inputs[input].DataLine);

    /// <inheritdoc />
    public override Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken) =>
        _files.LocateAsync(chunk, record, cancellationToken);

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
            CsvInput input = _files.Inputs[range.Input];
            await SeekAsync(range, cancellationToken).ConfigureAwait(false);
            byte[] data = ArrayPool<byte>.Shared.Rent(Math.Max(_files.Size.Passing, _carried * 2));
            int count = _carried;
            _carry.AsSpan(0, _carried).CopyTo(data);
            int cut;
            bool isAll;
            while (true)
            {
                // Not the whole rented array: what a chunk holds should follow from its size, not from the pool.
                int room = (int)Math.Min(Math.Max(_files.Size.Passing, count), range.To - range.From) - count;
                if (room <= 0)
                    room = (int)Math.Min(data.Length - count, range.To - range.From - count);
                int read = await _stream!.ReadAtLeastAsync(data.AsMemory(count, room), room, throwOnEndOfStream: false, cancellationToken)
                    .ConfigureAwait(false);
                count += read;
                isAll = read < room || count == range.To - range.From;
                cut = isAll ? count : new CsvScanner(_files.Dialect, input.LineEnd).FindLastEnd(data.AsSpan(0, count));
                if (cut > 0 || isAll)
                    break;
                if (data.Length >= CsvFiles.LongestRecord)
                    throw _files.TooLong(range);
                byte[] larger = ArrayPool<byte>.Shared.Rent(data.Length * 2);
                data.AsSpan(0, count).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(data);
                data = larger;
            }

            if (isAll && input.IsPlain && count < range.To - range.From)
                throw _files.Changed(range.Input, "became shorter");
            _left.Dequeue();
            Keep(data.AsSpan(cut, count - cut));
            LoadRange taken = range with { To = range.From + cut };
            if (!isAll)
                Requeue(range with { From = taken.To });
            _position = taken.To;
            long line = _line;
            _line += input.IsPlain ? 0 : input.Lines(data.AsSpan(0, cut));
            if (cut > 0)
                return new CsvMemoryChunk(taken, data, cut, input.LineEnd) { FirstLine = input.IsPlain ? null : line };
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
        CsvInput input = _files.Inputs[range.Input];
        if (_open != range.Input || range.From < _position)
        {
            await CloseAsync().ConfigureAwait(false);
            _stream = input.OpenRead();
            _open = range.Input;
        }

        if (_position == range.From)
            return;
        if (input.IsPlain)
        {
            _carried = 0;
            _position = _stream!.Position = range.From;
            return;
        }

        int known = (int)Math.Min(_carried, range.From - _position);
        _line += input.Lines(_carry.AsSpan(0, known));
        _carry.AsSpan(known, _carried - known).CopyTo(_carry);
        _carried -= known;
        _position += known;
        byte[] buffer = new byte[64 * 1024];
        while (_position < range.From)
        {
            int wanted = (int)Math.Min(buffer.Length, range.From - _position);
            int count = await _stream!.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw _files.Changed(range.Input, "became shorter");
            _line += input.Lines(buffer.AsSpan(0, count));
            _position += count;
        }
    }

    private async Task CloseAsync()
    {
        if (_stream is not null)
            await _stream.DisposeAsync().ConfigureAwait(false);
        _stream = null;
        _open = -1;
        _position = 0;
        _line = 1;
        _carried = 0;
    }
}
