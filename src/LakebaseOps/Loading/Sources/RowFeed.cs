using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Reads chunks for one stream, block by block; a chunk can be opened again after a failure.</summary>
internal abstract class RowFeed
{
    /// <summary>Bytes of the chunk's input read so far; 0 where nothing is read.</summary>
    public virtual long BytesRead => 0;

    /// <summary>Lines of the chunk's input; 0 where there are none.</summary>
    public virtual long Lines => 0;

    /// <summary>Rows of the chunk that <see cref="Fill(CopyBuffer, long)"/> has passed over so far, in order.</summary>
    public virtual IReadOnlyList<AsideRow> Aside => [];

    /// <summary>Where the feed is, to come back to.</summary>
    public virtual FeedMark Mark => default;

    /// <summary>Whether a record that cannot be taken apart is put aside instead of ending it all.</summary>
    public bool KeepsFaults { get; set; }

    /// <summary>Begins a chunk.</summary>
    public abstract void Open(LoadChunk chunk);

    /// <summary>Writes rows until a block is full or holds that many.</summary>
    public abstract FeedState Fill(CopyBuffer buffer, long rows = long.MaxValue);

    /// <summary>Writes rows until a block is full or holds that many.</summary>
    public abstract FeedState Fill(CopyText text, long rows = long.MaxValue);

    /// <summary>Whether it can go back, and put rows aside.</summary>
    public virtual bool CanReturn => false;

    /// <summary>Goes back to a mark.</summary>
    public virtual void Return(FeedMark mark) => throw new NotSupportedException();

    /// <summary>Puts a record aside from now on, wherever it is met.</summary>
    /// <param name="record">Number within the chunk, from 0.</param>
    /// <param name="column">The field in doubt; -1 when none is by itself.</param>
    public virtual void Exclude(int record, int column) => throw new NotSupportedException();

    /// <summary>Puts records aside that were written to a buffer but not taken.</summary>
    /// <param name="records">Their numbers within the chunk, in order.</param>
    /// <param name="buffer">A buffer that is free.</param>
    /// <returns>The sum of the hashes of what was written for them.</returns>
    public virtual UInt128 TakeBack(IReadOnlyList<int> records, CopyBuffer buffer) => throw new NotSupportedException();

    /// <summary>Reads a row that was put aside.</summary>
    public virtual CsvRecords Read(AsideRow row) => throw new NotSupportedException();

    /// <summary>Writes rows that were put aside, from a number on, until a block is full; answers the next number.</summary>
    public virtual int FillAside(CopyText text, int from) => throw new NotSupportedException();
}

/// <summary>How far a feed came.</summary>
internal enum FeedState
{
    /// <summary>The block is full and the chunk goes on.</summary>
    More,

    /// <summary>The chunk has been read to its end.</summary>
    Done,

    /// <summary>Too many rows must be read by the server: the chunk is to be sent as text.</summary>
    NeedsText,
}

/// <summary>A row that is not sent with the others, because only the server can say what it means, or nobody can.</summary>
/// <param name="Record">Number within the chunk, from 0.</param>
/// <param name="Start">Offset of its first byte within the chunk.</param>
/// <param name="Line">Number of the line within the chunk, from 0, that it begins in.</param>
/// <param name="Raw">Its input as it is.</param>
/// <param name="Column">The first field that is in doubt; -1 when none is by itself.</param>
/// <param name="Fault">Why it cannot be taken apart; null when it can.</param>
internal readonly record struct AsideRow(int Record, long Start, long Line, byte[] Raw, int Column, CsvFault? Fault);

/// <summary>A place between two records of a chunk.</summary>
/// <param name="Position">Offset of the next record.</param>
/// <param name="Lines">Ends of lines before.</param>
/// <param name="Record">Number of the next record.</param>
/// <param name="Aside">Rows put aside before.</param>
internal readonly record struct FeedMark(long Position, long Lines, int Record, int Aside);
