using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Cuts the inputs of a load some parts ahead of its streams: far enough that none waits, not so far that a file would have
/// left the memory of the system again by the time it is read.
/// </summary>
internal sealed class CutAhead(SeekableSource source, LoadConnections connections, Guid loadId, int streams) : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _taken = new(0);
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A part was claimed, so that one more can be cut.</summary>
    public void Taken() => _taken.Release();

    /// <summary>A part is in the table: perhaps it was the last.</summary>
    public void Finished() => Tell();

    /// <summary>Ends when more was cut or a part was finished.</summary>
    public Task News => Volatile.Read(ref _news).Task;

    /// <summary>Waits for news, or for a moment: other processes send none.</summary>
    public static Task WaitAsync(Task news, CancellationToken cancellationToken) => Task.WhenAny(news, Task.Delay(Look, cancellationToken));

    /// <summary>Cuts until all inputs are cut to their ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        for (int attempt = 0; ;)
        {
            try
            {
                NpgsqlConnection open = connection ??= await connections.RentAsync(cancellationToken).ConfigureAwait(false);
                (long pending, long uncut) = await connections.RunAsync(
                    open, token => InputBooks.LeftAsync(open, loadId, token), cancellationToken).ConfigureAwait(false);
                attempt = 0;
                if (uncut == 0)
                    break;
                int most = source.PartsAtOnce;
                if (pending >= 2L * streams + most || !await connections.RunAsync(
                        open, token => InputBooks.CutAsync(open, loadId, (input, from) => CutAsync(input, from, most, token), token), cancellationToken)
                        .ConfigureAwait(false))
                {
                    await _taken.WaitAsync(Look, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                Tell();
            }
            catch (Exception exception) when (Transient.Is(exception))
            {
                if (connection is not null)
                    await connections.DropAsync(connection).ConfigureAwait(false);
                connection = null;
                if (!await Transient.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false))
                    throw;
            }
            catch
            {
                if (connection is not null)
                    await connections.DropAsync(connection).ConfigureAwait(false);
                throw;
            }
        }

        connections.Return(connection);
    }

    /// <inheritdoc />
    public void Dispose() => _taken.Dispose();

    private void Tell() =>
        Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private async ValueTask<(IReadOnlyList<LoadRange> Parts, bool IsEnd)> CutAsync(
        int input, long from, int count, CancellationToken cancellationToken)
    {
        LoadRange rest = source.Inputs[input] with { From = from };
        IReadOnlyList<LoadRange> parts = await source.CutAsync(rest, count, cancellationToken).ConfigureAwait(false);
        return (parts, (parts.Count > 0 ? parts[^1].To : from) >= rest.To);
    }
}
