using System.Globalization;

namespace LakebaseOps.Loading.Ledger;

/// <summary>A chunk that is in the table.</summary>
/// <param name="Range">Its part of the input.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes of input, or sent where nothing was read.</param>
/// <param name="Hash">Content hash.</param>
/// <param name="Encoding">Binary, Text, or Mixed: binary but for a few rows.</param>
internal sealed record LoadedChunk(LoadRange Range, long Rows, long Bytes, UInt128 Hash, string Encoding)
{
    /// <summary>Lines of its input; 0 where there are none.</summary>
    public long Lines { get; init; }

    /// <summary>Rows that were refused and are in the books as rejects.</summary>
    public long Rejected { get; init; }

    /// <summary>Rows of it that are new in the table, where rows are merged.</summary>
    public long Inserted { get; init; }

    /// <summary>Rows of the table that it has changed, where rows are merged.</summary>
    public long Updated { get; init; }
}

/// <summary>Sums over the chunks of a load.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Rejected">Rows refused.</param>
/// <param name="Chunks">Chunks.</param>
/// <param name="Hash">Content hash.</param>
/// <param name="TextChunks">Chunks sent as text.</param>
/// <param name="MixedChunks">Chunks sent as binary but for a few rows.</param>
internal sealed record LoadTotals(long Rows, long Rejected, int Chunks, UInt128 Hash, int TextChunks, int MixedChunks)
{
    /// <summary>The hash as 32 hexadecimal digits.</summary>
    public string HashText => Hash.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>How the rows went, for a person.</summary>
    public string Encoding => (TextChunks, MixedChunks) switch
    {
        (0, 0) => "Binary",
        (0, _) => $"Binary, a few rows of {MixedChunks} of {Chunks} chunks as Text",
        (_, 0) => $"Binary, {TextChunks} of {Chunks} chunks as Text",
        _ => $"Binary, {TextChunks} of {Chunks} chunks and a few rows of {MixedChunks} as Text",
    };

    /// <summary>Rows that were new in the table, where rows are merged.</summary>
    public long Inserted { get; init; }

    /// <summary>Rows of the table that were changed, where rows are merged.</summary>
    public long Updated { get; init; }

    /// <summary>The sums.</summary>
    public static LoadTotals Of(IReadOnlyList<LoadedChunk> chunks) => new(
        chunks.Sum(chunk => chunk.Rows),
        chunks.Sum(chunk => chunk.Rejected),
        chunks.Count,
        chunks.Aggregate(UInt128.Zero, (sum, chunk) => unchecked(sum + chunk.Hash)),
        chunks.Count(chunk => chunk.Encoding == "Text"),
        chunks.Count(chunk => chunk.Encoding == "Mixed"))
    { Inserted = chunks.Sum(chunk => chunk.Inserted), Updated = chunks.Sum(chunk => chunk.Updated) };
}
