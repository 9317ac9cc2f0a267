using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Where the rows of one table come from; either a <see cref="SeekableSource"/> or a <see cref="SequentialSource"/>.</summary>
internal abstract class LoadSource : IAsyncDisposable
{
    /// <summary>"Files", "Synthetic", "Objects" or "Query".</summary>
    public abstract string Kind { get; }

    /// <summary>What is loaded, for a person.</summary>
    public abstract string Description { get; }

    /// <summary>What else a plan should show of it, a line each.</summary>
    public virtual IEnumerable<string> Details => [];

    /// <summary>Columns of the table in the order of the fields.</summary>
    public abstract IReadOnlyList<CopyColumn> Columns { get; }

    /// <summary>Rows in all; null when only bytes are known.</summary>
    public virtual long? TotalRows => null;

    /// <summary>Bytes in all; null when not known.</summary>
    public virtual long? TotalBytes => null;

    /// <summary>Rows in all, about; null when that shows only while reading.</summary>
    public virtual long? EstimatedRows => TotalRows;

    /// <summary>False when the input cannot be read a second time.</summary>
    public virtual bool IsRepeatable => true;

    /// <summary>Why the server must read the values itself; null when they are encoded as binary.</summary>
    public string? TextReason => Columns.FirstOrDefault(column => column.Kind == ColumnKind.Server) is { } column && Kind is not ("Synthetic" or "Query")
        ? $"column {column.Name} is {column.Type}"
        : null;

    /// <summary>Inputs of which is known how many rows they must hold: number, name, rows.</summary>
    public virtual IReadOnlyList<(int Input, string Name, long Rows)> ExpectedRows => [];

    /// <summary>All that must be the same for a load to be resumed, by name.</summary>
    public abstract IReadOnlyDictionary<string, string> Fingerprint { get; }

    /// <summary>A reader of chunks for one stream.</summary>
    public abstract RowFeed CreateFeed(bool zoneIsUtc);

    /// <summary>Where a record of a chunk came from, e.g. "orders.csv line 17 (byte 1234)".</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="record">Number of the record within it, from 0.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public abstract Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken);

    /// <summary>File name of an input; null where inputs are no files.</summary>
    public virtual string? NameOf(int input) => null;

    /// <summary>Where the first record of an input begins: its offset, and the lines before it.</summary>
    public virtual (long Offset, long Lines) BeginningOf(int input) => (0, 0);

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A part of the input that becomes one transaction.</summary>
/// <param name="range">Which part.</param>
internal class LoadChunk(LoadRange range) : IDisposable
{
    /// <summary>Which part of the input it is.</summary>
    public LoadRange Range { get; } = range;

    /// <inheritdoc />
    public virtual void Dispose()
    {
    }
}
