using Amazon.Runtime;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>
/// Who sends requests, one at a time, with buffers of its own. What a backend is, is known here alone: the loops know
/// only when to send.
/// </summary>
internal abstract class RequestClient(LoopTime time)
{
    /// <summary>The time account of the request in hand.</summary>
    public RequestClock Clock { get; } = new(time);

    /// <summary>Makes a request ready; not timed.</summary>
    public abstract void Prepare(LatencyCell cell, long number);

    /// <summary>Sends it and takes its whole answer; timed.</summary>
    public abstract ValueTask SendAsync(LatencyCell cell, CancellationToken cancellationToken);

    /// <summary>Checks the answer; not timed.</summary>
    public abstract RequestOutcome Check(LatencyCell cell, long number);

    /// <summary>Sends the request that was made ready and books what became of it.</summary>
    /// <param name="cell">Whose request it is.</param>
    /// <param name="number">Its number.</param>
    /// <param name="intended">When it was to begin; null for now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask RunAsync(LatencyCell cell, long number, long? intended, CancellationToken cancellationToken)
    {
        SocketEvents.Bind(Clock);
        try
        {
            Clock.Start(intended);
            await SendAsync(cell, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException
            || !cancellationToken.IsCancellationRequested)
        {
            cell.RecordError(Code(failure));
            return;
        }

        long total = Clock.Finish();
        cell.Record(number, Clock, total, Check(cell, number));
    }

    private static string Code(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState,
        { InnerException: PostgresException refused } => refused.SqlState,
        AmazonServiceException { ErrorCode: { Length: > 0 } code } => code,
        LakebaseException own => own.Error.SqlState ?? own.Error.Id,
        _ => (failure.InnerException ?? failure).GetType().Name,
    };
}

/// <summary>What came back for a request.</summary>
/// <param name="Lookups">Rows asked for at most.</param>
/// <param name="Rows">Rows that came back and were the right ones.</param>
/// <param name="Fault">What was wrong with the answer, or null.</param>
internal readonly record struct RequestOutcome(int Lookups, int Rows, LakebaseError? Fault);
