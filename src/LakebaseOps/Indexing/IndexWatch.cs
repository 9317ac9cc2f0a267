using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>Watches builds, however many run at once, over one connection of its own.</summary>
/// <param name="session">The server.</param>
/// <param name="sink">Is told when nothing can be seen.</param>
/// <param name="meter">Adds them up; null where one is watched alone.</param>
internal sealed class IndexWatch(PostgresSession session, IOperationSink sink, BuildMeter? meter = null) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Dictionary<int, (string Build, IndexProgress Progress)> _builds = [];
    private readonly CancellationTokenSource _end = new();
    private Task? _watching;

    /// <summary>Does a build and shows how far it is meanwhile.</summary>
    /// <param name="processId">The backend that builds.</param>
    /// <param name="build">What <see cref="BuildMeter"/> knows it by.</param>
    /// <param name="progress">Of the build.</param>
    /// <param name="work">The build.</param>
    public async Task DuringAsync(int processId, string build, IndexProgress progress, Func<Task> work)
    {
        progress.Begin();
        lock (_gate)
        {
            _builds[processId] = (build, progress);
            _watching ??= WatchAsync();
        }

        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _builds.Remove(processId);
                progress.End();
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        // A silent connection is left alone: the builds have ended, and who looks on must not hold them up.
        if (_watching is not null && await Task.WhenAny(_watching, Task.Delay(Grace, CancellationToken.None)).ConfigureAwait(false) != _watching)
        {
            sink.Trace("The connection that showed the progress of the index builds is silent; it is left alone.");
            _ = _watching.ContinueWith(static late => late.Exception, TaskScheduler.Default);
            return;
        }

        if (_watching is not null)
            await _watching.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            NpgsqlConnection connection = await session.OpenAsync(_end.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using PeriodicTimer timer = new(Interval);
                do
                    await PollAsync(connection).ConfigureAwait(false);
                while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException)
        {
            // The builds have ended.
        }
        catch (NpgsqlException exception)
        {
            // A build without progress is still a build.
            sink.Trace($"The progress of the index builds cannot be read: {exception.Message}");
        }
    }

    private async Task PollAsync(NpgsqlConnection connection)
    {
        int[] processes;
        lock (_gate)
            processes = [.. _builds.Keys];
        if (processes.Length == 0)
            return;
        using NpgsqlCommand command = new(IndexProgress.Query, connection) { Parameters = { new() { Value = processes } } };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(_end.Token).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(_end.Token).ConfigureAwait(false))
            {
                lock (_gate)
                {
                    // One that has ended meanwhile has said its last word.
                    if (!_builds.TryGetValue(reader.GetInt32(0), out (string Build, IndexProgress Progress) one))
                        continue;
                    one.Progress.Take(reader);
                    meter?.Set(one.Build, one.Progress.Share);
                }
            }
        }

        meter?.Report();
    }
}
