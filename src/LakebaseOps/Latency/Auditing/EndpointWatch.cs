using LakebaseOps.Workflows;
using Npgsql;

namespace LakebaseOps.Latency.Auditing;

/// <summary>
/// Holds the endpoint to what it was when a measurement began: a server that was restarted, resized, failed over or given other
/// settings meanwhile is another one, and figures of two servers are figures of none.
/// </summary>
internal sealed class EndpointWatch
{
    // A server that restarts takes no connections for a while.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    private readonly LakebaseSession _session;

    private EndpointWatch(LakebaseSession session, ServerEnvironment before)
    {
        _session = session;
        Before = before;
    }

    /// <summary>The facts at the begin.</summary>
    public ServerEnvironment Before { get; private set; }

    /// <summary>Takes the facts.</summary>
    public static async Task<EndpointWatch> BeginAsync(LakebaseSession session, CancellationToken cancellationToken) =>
        new(session, await ServerFacts.ReadAsync(session, cancellationToken).ConfigureAwait(false));

    /// <summary>What has changed since, in words.</summary>
    public async Task<IReadOnlyList<string>> ChangesAsync(CancellationToken cancellationToken) =>
        ServerFacts.Changes(Before, await ServerFacts.ReadAsync(_session, cancellationToken).ConfigureAwait(false));

    /// <summary>The same after a failure: waits for a server that may be starting; nothing when it does not come back.</summary>
    public async Task<IReadOnlyList<string>> ChangesAfterFailureAsync(CancellationToken cancellationToken)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return await ChangesAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NpgsqlException or LakebaseException)
            {
                if (Environment.TickCount64 > end)
                    return [];
                await Task.Delay(Retry, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A cell measured while the endpoint changed.</summary>
    public static LatencyResult Mark(LatencyResult cell, IReadOnlyList<string> changes) => changes.Count == 0 ? cell : cell with
    {
        EndpointChanges = changes,
        Trust = Doubts.With(cell.Trust, $"the endpoint changed meanwhile: {string.Join(", ", changes)}"),
    };

    /// <summary>The error of a measurement whose endpoint changed.</summary>
    public static LakebaseError Changed(LakebaseSession session, IReadOnlyList<string> changes, Exception? cause) =>
        new(ErrorIds.EndpointChanged, LakebaseErrorKind.Verification,
            $"The endpoint changed while it was measured, so the figures are invalid: {string.Join(", ", changes)}.")
        {
            Target = session.Name,
            Cause = cause,
            Remedy = "Measure again while nobody restarts, resizes or reconfigures the server.",
        };
}
