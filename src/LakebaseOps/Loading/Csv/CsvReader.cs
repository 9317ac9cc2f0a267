namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Reads the records of a chunk through a window: 256 KB stay in the processor's cache between reading and encoding. The
/// window grows for a record that is longer.
/// </summary>
/// <param name="dialect">The dialect.</param>
/// <param name="columns">Fields of a record that are wanted, whatever others it has.</param>
/// <param name="window">Bytes of the window at first.</param>
internal sealed class CsvReader(CsvDialect dialect, int columns, int window = CsvReader.Window)
{
    private const int Window = 256 * 1024;
    private const int LargestKept = 4 * 1024 * 1024;

    // Marks are found in whole blocks, so the last one must not end outside the array.
    private const int Slack = CsvStops.Block;

    private readonly CsvRecords _records = new(dialect, columns);
    private byte[] _own = [];
    private byte[] _data = [];
    private CsvChunk? _chunk;
    private long _base;
    private int _count;
    private long _lines;
    private int _counted;

    /// <summary>The fields of the current record.</summary>
    public CsvRecords Record => _records;

    /// <summary>Offset in the chunk where the current record begins.</summary>
    public long Start => _base + _records.Start;

    /// <summary>Offset in the chunk behind what was read so far.</summary>
    public long Position => _base + _records.Position;

    /// <summary>The current record as it is.</summary>
    public ReadOnlySpan<byte> Raw => _data.AsSpan(_records.Start, _records.Position - _records.Start);

    /// <summary>Ends of lines in the chunk before <see cref="Start"/>.</summary>
    public long LinesBefore => CountLines(_records.Start);

    /// <summary>Ends of lines in the chunk before <see cref="Position"/>.</summary>
    public long Lines => CountLines(_records.Position);

    /// <summary>Begins a chunk, or goes to a place in it.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="position">Offset of a record.</param>
    /// <param name="lines">Ends of lines before that.</param>
    public void Open(CsvChunk chunk, long position = 0, long lines = 0)
    {
        bool isAtHand = chunk == _chunk && position >= _base && position <= _base + _count;
        _chunk = chunk;
        _lines = lines;
        if (chunk.Whole is byte[] whole)
        {
            (_data, _base, _count) = (whole, 0, (int)chunk.Length);
        }
        else if (!isAtHand)
        {
            if (_own.Length is 0 or > LargestKept)
                _own = GC.AllocateUninitializedArray<byte>(window + Slack);
            (_data, _base, _count) = (_own, position, 0);
            Fill();
        }

        _counted = (int)(position - _base);
        _records.Open(_data, _counted, _count, chunk.LineEnd, IsAll);
    }

    /// <summary>Goes to the next record; false behind the last.</summary>
    /// <exception cref="CsvFault">The record is not one of that many columns; the next call goes on behind it.</exception>
    public bool Read()
    {
        while (!_records.Read())
        {
            if (IsAll)
                return false;
            Slide();
        }

        return true;
    }

    /// <summary>Goes to the next record, whatever it holds; false behind the last.</summary>
    public bool Skip()
    {
        while (!_records.Skip())
        {
            if (IsAll)
                return false;
            Slide();
        }

        return true;
    }

    private bool IsAll => _base + _count == _chunk!.Length;

    /// <summary>Moves the window on to the record that it holds the beginning of.</summary>
    private void Slide()
    {
        int from = _records.Position;
        CountLines(from);
        if (from == 0)
        {
            Array.Resize(ref _own, checked((2 * (_own.Length - Slack)) + Slack));
            _data = _own;
        }
        else
        {
            _own.AsSpan(from, _count - from).CopyTo(_own);
        }

        _base += from;
        _count -= from;
        _counted = 0;
        Fill();
        _records.Continue(_data, _count, IsAll);
    }

    private void Fill()
    {
        int more = (int)Math.Min(_own.Length - Slack - _count, _chunk!.Length - _base - _count);
        _chunk.Read(_base + _count, _own.AsSpan(_count, more));
        _count += more;
    }

    private long CountLines(int to)
    {
        _lines += _data.AsSpan(_counted, to - _counted).Count(_chunk!.LineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n');
        _counted = to;
        return _lines;
    }
}
