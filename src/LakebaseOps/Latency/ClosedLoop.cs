using System.Diagnostics;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>
/// Clients that send a request, wait for its answer and send the next. The clock starts before the pool is asked for a
/// connection; keys are made before and answers checked after the timed section.
/// </summary>
internal sealed class ClosedLoop(FeaturePlan plan, IReadOnlyList<KeySpace> spaces, FeaturePool pool,
    ResponseAudit audit, int clients)
{
    /// <summary>One in so many responses may be noted for the audit.</summary>
    private const int AuditStride = 16;

    private readonly Client[] _clients = [.. Enumerable.Range(0, clients).Select(_ => new Client(plan))];

    /// <summary>Clients.</summary>
    public int Clients => _clients.Length;

    /// <summary>Runs all clients until a number of requests or a time is reached.</summary>
    /// <param name="cell">Whose requests to send.</param>
    /// <param name="requests">Requests at most, all clients together.</param>
    /// <param name="limit">Time at most; a request begun is finished.</param>
    /// <param name="cancellationToken">Stops all clients.</param>
    public async Task RunAsync(LatencyCell cell, long requests, TimeSpan limit, CancellationToken cancellationToken)
    {
        Budget budget = new(requests, Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency));
        await Task.WhenAll(_clients.Select(client =>
            Task.Run(() => RunAsync(client, cell, budget, cancellationToken),
                cancellationToken))).ConfigureAwait(false);
    }

    private async Task RunAsync(Client client, LatencyCell cell, Budget budget, CancellationToken cancellationToken)
    {
        SocketEvents.Bind(client.Clock);
        while (budget.Take() && cell.Take() is var number and >= 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int kind = cell.Requests.Fill(number, client.Ids, client.Keys);
            try
            {
                client.Clock.Start();
                FeatureConnection connection = await pool.RentAsync(cancellationToken).ConfigureAwait(false);
                client.Clock.Mark(RequestPart.PoolWait);
                try
                {
                    await connection.ReadAsync(cell.Mode, kind, client.Keys, client.Response, client.Clock,
                        cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    pool.Return(connection);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested)
            {
                cell.RecordError(Code(failure));
                continue;
            }

            Book(client, cell, number, plan.Requests[kind], client.Clock.Finish());
        }
    }

    private void Book(Client client, LatencyCell cell, long number, FeatureRequest request, long total)
    {
        LakebaseError? fault = FeatureCheck.Fault(plan, client.Keys, client.Response);
        int rows = 0;
        bool isSuspect = false;
        for (int index = 0; index < request.Tables.Count; index++)
        {
            FeatureTable table = request.Tables[index];
            int found = client.Response.Rows(table.Index);
            rows += found;
            isSuspect |= spaces[table.Entity].IsIn(table.Index, client.Ids[table.Entity]) is bool expected && expected != found > 0;
        }

        cell.Record(number, client.Clock, total, request.Tables.Count, fault is null ? rows : 0, fault);
        if (isSuspect || (audit.WantsMore && number % AuditStride == 0))
            audit.Note(number, client.Response, isSuspect);
    }

    private static string Code(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState,
        { InnerException: PostgresException refused } => refused.SqlState,
        LakebaseException own => own.Error.SqlState ?? own.Error.Id,
        _ => (failure.InnerException ?? failure).GetType().Name,
    };

    /// <summary>What one client works with; made once, so that requests allocate little.</summary>
    private sealed class Client(FeaturePlan plan)
    {
        public RequestClock Clock { get; } = new();

        public FeatureResponse Response { get; } = new(plan);

        public long[] Ids { get; } = new long[plan.Entities.Count];

        public object[] Keys { get; } = new object[plan.Entities.Count];
    }

    private sealed class Budget(long requests, long deadline)
    {
        private long _left = requests;

        public bool Take() => Interlocked.Decrement(ref _left) >= 0 && Stopwatch.GetTimestamp() < deadline;
    }
}
