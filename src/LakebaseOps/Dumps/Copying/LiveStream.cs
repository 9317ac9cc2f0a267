using LakebaseOps.Loading.Decoding;
using Npgsql;

namespace LakebaseOps.Dumps.Copying;

/// <summary>A COPY from a server, in large reads: the server sends each row as a message of its own. Gives its connection back at the end.</summary>
/// <param name="rows">The COPY.</param>
/// <param name="connection">Its connection, owned.</param>
/// <param name="giveBack">Takes the connection when all was read.</param>
internal sealed class LiveStream(NpgsqlRawCopyStream rows, NpgsqlConnection connection, Action<NpgsqlConnection> giveBack) : ReadStream
{
    private bool _isEnd;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int filled = 0;
        while (!_isEnd && filled < buffer.Length)
        {
            int count = await rows.ReadAsync(buffer[filled..], cancellationToken).ConfigureAwait(false);
            _isEnd = count == 0;
            filled += count;
        }

        return filled;
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (_isEnd)
        {
            await rows.DisposeAsync().ConfigureAwait(false);
            giveBack(connection);
        }
        else
        {
            try
            {
                await rows.CancelAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // It is given up in any case.
            }

            await connection.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }
}
