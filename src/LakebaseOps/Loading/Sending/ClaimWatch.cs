using System.Diagnostics;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Frees parts that are held by nobody: a process was cut off, but the server has not heard of its end, perhaps because something
/// between them keeps the connection. Its sessions wait for their client and get nothing; those are ended after a while, as
/// <see cref="LoadWatch"/> does with our own. Should their process be there after all, it connects again and goes on.
/// </summary>
/// <param name="connections">Our own connections are not looked at.</param>
/// <param name="loadId">The load.</param>
/// <param name="sink">Told of what is ended.</param>
internal sealed class ClaimWatch(LoadConnections connections, Guid loadId, IOperationSink sink)
{
    private readonly Dictionary<int, (string State, long Since)> _seen = [];
    private long _next;

    /// <summary>Looks at those who hold parts, if the last look was a while ago; for whoever has to wait for them.</summary>
    public async Task LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        long now = Stopwatch.GetTimestamp();
        long next = Interlocked.Read(ref _next);
        if (now < next || Interlocked.CompareExchange(ref _next, long.MaxValue, next) != next)
            return;
        try
        {
            IReadOnlyList<(int ProcessId, string State)> waiting =
                await ChunkBooks.WaitingAsync(connection, loadId, connections.Processes, cancellationToken).ConfigureAwait(false);
            foreach (int gone in _seen.Keys.Except(waiting.Select(one => one.ProcessId)).ToArray())
                _seen.Remove(gone);
            foreach ((int processId, string state) in waiting)
            {
                if (!_seen.TryGetValue(processId, out (string State, long Since) before) || before.State != state)
                {
                    _seen[processId] = (state, now);
                }
                else if (Stopwatch.GetElapsedTime(before.Since, now) >= connections.Patience)
                {
                    sink.Trace($"Session {processId} holds a part of the load and has been silent for {connections.Patience.TotalSeconds:N0} s: it is ended.");
                    await LoadConnections.EndAsync(connection, [processId], cancellationToken).ConfigureAwait(false);
                    _seen.Remove(processId);
                }
            }
        }
        finally
        {
            Interlocked.Exchange(ref _next, Stopwatch.GetTimestamp() + (long)(connections.Patience.TotalSeconds / 3 * Stopwatch.Frequency));
        }
    }
}
