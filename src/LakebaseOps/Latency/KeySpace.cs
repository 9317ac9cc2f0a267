using System.Globalization;
using LakebaseOps.Serving;
using LakebaseOps.Synthesis;

namespace LakebaseOps.Latency;

/// <summary>
/// The keys of one entity by number: from 0 to Count − 1 those that exist, from Count on some that do not.
/// </summary>
internal abstract class KeySpace
{
    /// <summary>Keys that exist in at least one table.</summary>
    public abstract long Count { get; }

    /// <summary>True when a higher number means a newer key.</summary>
    public abstract bool IsOrdered { get; }

    /// <summary>How it was found, for the log.</summary>
    public abstract string Description { get; }

    /// <summary>The key of a number.</summary>
    public abstract object KeyAt(long id);

    /// <summary>Whether a table holds the key of that number; null when unknown.</summary>
    /// <param name="table">Index in the plan.</param>
    /// <param name="id">Number of the key.</param>
    public abstract bool? IsIn(int table, long id);
}

/// <summary>Keys of generated data: computed from their number, so that a space of billions takes no memory.</summary>
/// <param name="key">The generator's keys of the entity.</param>
/// <param name="kind">Their type.</param>
/// <param name="rows">For each table of the plan the first number it does not hold, or -1 for tables of other
/// entities.</param>
/// <param name="range">Which of them to ask for.</param>
internal sealed class SyntheticKeySpace(SyntheticKey key, KeyKind kind, long[] rows, KeyRange range) : KeySpace
{
    // Numbers that the range leaves out though some table holds them; misses lie beyond them.
    private readonly long _most = rows.Max();

    /// <inheritdoc />
    public override bool IsOrdered => true;

    /// <inheritdoc />
    public override long Count { get; } = range == KeyRange.Whole ? rows.Max() : rows.Where(count => count >= 0).Min();

    /// <inheritdoc />
    public override string Description => string.Create(CultureInfo.InvariantCulture,
        $"{Count:N0} of {_most:N0} generated keys of '{key.Entity}'");

    /// <inheritdoc />
    public override object KeyAt(long id) => KeyOf(key, kind, NumberOf(id));

    /// <inheritdoc />
    public override bool? IsIn(int table, long id) => NumberOf(id) < rows[table];

    private long NumberOf(long id) => id < Count ? id : id - Count + _most;

    /// <summary>The generator's key of a number in its type.</summary>
    public static object KeyOf(SyntheticKey key, KeyKind kind, long id) => kind switch
    {
        KeyKind.Uuid => key.Uuid(id),
        KeyKind.Bytes => key.Bytes(id),
        _ => key.Text(id),
    };
}

/// <summary>Keys read from a table.</summary>
/// <param name="keys">The keys.</param>
/// <param name="source">The table they come from, by index in the plan.</param>
/// <param name="sourceName">Its name.</param>
/// <param name="isWhole">True when these are all of its keys.</param>
/// <param name="kind">Their type.</param>
internal sealed class SampledKeySpace(IReadOnlyList<object> keys, int source, TableName sourceName, bool isWhole,
    KeyKind kind) : KeySpace
{
    private readonly long _largest = kind == KeyKind.Integer ? keys.Max(key => (long)key) : 0;

    /// <inheritdoc />
    public override long Count => keys.Count;

    /// <inheritdoc />
    public override bool IsOrdered => kind == KeyKind.Integer;

    /// <inheritdoc />
    public override string Description => string.Create(CultureInfo.InvariantCulture,
        $"{(isWhole ? "all " : "a sample of ")}{keys.Count:N0} keys of {sourceName}");

    /// <inheritdoc />
    public override object KeyAt(long id) => id < keys.Count ? keys[(int)id] : Missing(id - keys.Count);

    /// <inheritdoc />
    public override bool? IsIn(int table, long id) => table == source && id < keys.Count ? true : null;

    private object Missing(long id) => kind switch
    {
        // A sample does not know the table's largest key, so nothing is claimed about these: the answer tells.
        KeyKind.Integer => unchecked(_largest + 1 + id),
        KeyKind.Uuid => new SyntheticKey("missing").Uuid(id),
        KeyKind.Bytes => new SyntheticKey("missing").Bytes(id),
        _ => "missing:" + id.ToString("x", CultureInfo.InvariantCulture),
    };
}

/// <summary>Keys of a file by line; nothing is known of whether tables hold them.</summary>
/// <param name="keys">The keys.</param>
/// <param name="path">The file.</param>
internal sealed class FileKeySpace(IReadOnlyList<object> keys, string path) : KeySpace
{
    /// <inheritdoc />
    public override long Count => keys.Count;

    /// <inheritdoc />
    public override bool IsOrdered => false;

    /// <inheritdoc />
    public override string Description => string.Create(CultureInfo.InvariantCulture, $"{keys.Count:N0} keys of {path}");

    /// <inheritdoc />
    public override object KeyAt(long id) => keys[(int)id];

    /// <inheritdoc />
    public override bool? IsIn(int table, long id) => null;
}
