using System.Buffers;
using LakebaseOps.Loading.Wire;
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
            await stream.ReadExactlyAsync(new byte[CopyRow.HeaderBytes], cancellationToken).ConfigureAwait(false);
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
                for (int length; found < rows && (length = CopyRow.Measure(data.AsSpan(end, count - end))) != 0; found++)
                {
                    if (_isEnd = length == CopyRow.EndMark)
                        break;
                    end += length;
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
