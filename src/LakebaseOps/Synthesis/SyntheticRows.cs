using LakebaseOps.Loading;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Synthesis;

/// <summary>
/// Walks over a range of a table's rows. Keys are hashed some rows ahead, several at once, which is what makes it faster
/// than row by row. For one thread; allocates nothing for a row.
/// </summary>
public sealed class SyntheticRows
{
    private const int Ahead = 64;
    private readonly SyntheticTable _table;
    private readonly byte[] _hashes = new byte[Ahead * SyntheticKey.BytesLength];
    private long _hashedFrom;
    private long _hashedTo;

    /// <summary>The rows from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public SyntheticRows(SyntheticTable table, long first, long end)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, table.Rows);
        _table = table;
        Next = _hashedFrom = _hashedTo = first;
        End = end;
    }

    /// <summary>The row that comes next.</summary>
    public long Next { get; private set; }

    /// <summary>The row behind the last.</summary>
    public long End { get; }

    /// <summary>Writes the next row; false when there is none.</summary>
    public bool Write<TWriter>(TWriter writer)
        where TWriter : IRowWriter
    {
        if (Next >= End)
            return false;
        if (Next == _hashedTo)
        {
            int count = (int)Math.Min(Ahead, End - Next);
            if (_table.HasHashedKeys)
                _table.Key.WriteBytes(Next, _hashes, count);
            (_hashedFrom, _hashedTo) = (Next, Next + count);
        }

        int slot = (int)(Next - _hashedFrom) * SyntheticKey.BytesLength;
        _table.WriteRow(Next++, _hashes.AsSpan(slot, SyntheticKey.BytesLength), writer);
        return true;
    }
}
