using System.Buffers;
using System.Buffers.Binary;
using Npgsql;

namespace LakebaseOps.Loading.Sources;

/// <summary>Rows of a binary COPY as the server sent them.</summary>
/// <param name="Data">A rented array.</param>
/// <param name="Length">Bytes in use.</param>
/// <param name="Rows">Whole rows in them.</param>
internal sealed record TupleBlock(byte[] Data, int Length, int Rows);

/// <summary>Reads a binary COPY of a server and splits it between rows. Owns its connection.</summary>
/// <param name="connection">In a transaction.</param>
/// <param name="source">The pool of the connection.</param>
/// <param name="stream">The COPY, from its header on.</param>
internal sealed class TupleReader(NpgsqlConnection connection, NpgsqlDataSource source, NpgsqlRawCopyStream stream) : IAsyncDisposable
{
    private const int HeaderBytes = 19;
    private const int LargestRow = 1024 * 1024 * 1024;

    private byte[] _rest = [];
    private int _restLength;
    private bool _hasHeader;
    private bool _isEnd;

    /// <summary>The next rows, at least one; null behind the last. The caller returns the array.</summary>
    public async Task<TupleBlock?> ReadAsync(int bytes, int rows, CancellationToken cancellationToken)
    {
        if (!_hasHeader)
        {
            await stream.ReadExactlyAsync(new byte[HeaderBytes], cancellationToken).ConfigureAwait(false);
            _hasHeader = true;
        }

        // Not the whole rented array: what a chunk holds should follow from its size, not from the pool.
        int room = Math.Max(bytes, _restLength);
        byte[] data = ArrayPool<byte>.Shared.Rent(room);
        int count = _restLength;
        _rest.AsSpan(0, _restLength).CopyTo(data);
        int end = 0;
        int found = 0;
        try
        {
            while (true)
            {
                while (!_isEnd && found < rows && TryEnd(data, end, count, out int next))
                {
                    end = next;
                    found++;
                }

                if (_isEnd || found == rows || (found > 0 && count == room))
                    break;
                if (count == room)
                {
                    data = Larger(data, count);
                    room = data.Length;
                }

                int read = await stream.ReadAsync(data.AsMemory(count, room - count), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    throw new EndOfStreamException("The rows ended within a row.");
                count += read;
            }

            Keep(data.AsSpan(end, _isEnd ? 0 : count - end));
            if (_isEnd)
                await DrainAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(data);
            throw;
        }

        if (found > 0)
            return new TupleBlock(data, end, found);
        ArrayPool<byte>.Shared.Return(data);
        return null;
    }

    /// <summary>A length of a field.</summary>
    public static int ReadLength(byte[] data, int at) => BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at));

    /// <summary>Writes over a number within a field.</summary>
    public static void WriteNumber(byte[] data, int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(at), value);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isEnd)
                await stream.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Nothing was changed there, and the connection is closed right after.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        await source.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The end of the row that begins at a place; false when it is not all here. Notices the end of all rows.</summary>
    private bool TryEnd(byte[] data, int at, int count, out int end)
    {
        end = at;
        if (count - at < 2)
            return false;
        int fields = BinaryPrimitives.ReadInt16BigEndian(data.AsSpan(at));
        if (fields < 0)
        {
            _isEnd = true;
            return false;
        }

        at += 2;
        for (int i = 0; i < fields; i++)
        {
            if (count - at < 4)
                return false;
            int length = Math.Max(0, ReadLength(data, at));
            at += 4;
            if (count - at < length)
                return false;
            at += length;
        }

        end = at;
        return true;
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (_rest.Length < rest.Length)
            _rest = new byte[rest.Length];
        rest.CopyTo(_rest);
        _restLength = rest.Length;
    }

    /// <summary>Reads on behind the last row: only then has the server said that there was no error.</summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        byte[] behind = new byte[64];
        while (await stream.ReadAsync(behind, cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }

    private static byte[] Larger(byte[] data, int count)
    {
        if (data.Length >= LargestRow)
            throw new IOException("A row is larger than 1 GB.");
        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(data.Length * 2));
        data.AsSpan(0, count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(data);
        return larger;
    }
}
