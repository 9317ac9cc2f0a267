using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Holds the bytes of cells. A full one is left to the cells that are in it, and a larger one begun.</summary>
internal sealed class CellBuffer
{
    private byte[] _bytes = new byte[16 * 1024];
    private int _used;

    /// <summary>Forgets all cells.</summary>
    public void Clear() => _used = 0;

    /// <summary>Takes the bytes of a column as they came.</summary>
    public (byte[] Bytes, int Offset, int Length) Take(NpgsqlDataReader reader, int column)
    {
        int free = _bytes.Length - _used;
        int length = (int)reader.GetBytes(column, 0, _bytes, _used, free);
        // A cell that fills the rest may be longer than that.
        if (length == free)
        {
            length = (int)reader.GetBytes(column, 0, null, 0, 0);
            _bytes = new byte[2 * Math.Max(_bytes.Length, length)];
            _used = 0;
            reader.GetBytes(column, 0, _bytes, 0, length);
        }

        int offset = _used;
        _used += length;
        return (_bytes, offset, length);
    }

    /// <summary>Room for a cell.</summary>
    public (byte[] Bytes, int Offset, int Length) Take(int length)
    {
        if (_bytes.Length - _used < length)
        {
            _bytes = new byte[2 * Math.Max(_bytes.Length, length)];
            _used = 0;
        }

        int offset = _used;
        _used += length;
        return (_bytes, offset, length);
    }
}
