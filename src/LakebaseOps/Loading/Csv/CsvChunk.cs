using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Loading.Csv;

/// <summary>Whole CSV records, read piece by piece with <see cref="CsvReader"/>.</summary>
/// <param name="range">Where they come from.</param>
/// <param name="length">How many bytes they are.</param>
/// <param name="lineEnd">What ends a line.</param>
internal abstract class CsvChunk(LoadRange range, long length, LineEnd lineEnd) : LoadChunk(range)
{
    /// <summary>How many bytes they are.</summary>
    public long Length { get; } = length;

    /// <summary>What ends a line.</summary>
    public LineEnd LineEnd { get; } = lineEnd;

    /// <summary>Number of its first line in the file, where whoever read it knows.</summary>
    public long? FirstLine { get; init; }

    /// <summary>All bytes, where they are in memory already; only the first <see cref="Length"/> count.</summary>
    public virtual byte[]? Whole => null;

    /// <summary>Reads bytes, all that were asked for.</summary>
    /// <param name="at">Offset within the chunk.</param>
    /// <param name="into">Filled.</param>
    /// <exception cref="LakebaseException">LoadChanged: the input is no longer what it was.</exception>
    public abstract void Read(long at, Span<byte> into);
}
