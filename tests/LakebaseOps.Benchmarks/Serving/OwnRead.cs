using System.Diagnostics;
using System.Runtime.CompilerServices;
using LakebaseOps.Latency;
using LakebaseOps.Serving;

namespace LakebaseOps.Benchmarks.Serving;

/// <summary>Our reads in one mode, timed from asking the pool for a connection to the last decoded value.</summary>
/// <param name="server">The server.</param>
/// <param name="mode">The mode; null for the floor, <c>SELECT $1</c>.</param>
/// <param name="consistent">Whether all tables are read in one snapshot.</param>
/// <param name="traced">Whether each request's time is divided into its parts, as a measurement does.</param>
internal sealed class OwnRead(ServeServer server, FeatureMode? mode, bool consistent = false, bool traced = false) : ServeContender
{
    private const int WarmUp = 3_000;

    private FeatureStatements? _statements;
    private FeaturePool? _pool;

    /// <inheritdoc />
    public override string Name => NameOf(mode, consistent, traced);

    /// <summary>The name of our reads in a mode.</summary>
    public static string NameOf(FeatureMode? mode, bool consistent = false, bool traced = false) =>
        $"ours, {mode?.ToString() ?? "floor"}{(consistent ? ", consistent" : "")}{(traced ? ", traced" : "")}";

    /// <inheritdoc />
    public override async Task OpenAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await DisposeAsync();
        _statements = await server.StatementsAsync(mode ?? FeatureMode.Batch, consistent, cancellationToken);
        _pool = await FeaturePool.OpenAsync(server.Session, _statements, 1, cancellationToken);
        await RunAsync(keys, WarmUp, cancellationToken);
    }

    /// <inheritdoc />
    public override async Task<ServeSamples> RunAsync(
        IReadOnlyList<string> keys, int requests, CancellationToken cancellationToken)
    {
        FeatureResponse response = new(_statements!.Plan);
        object[] parsed = [.. keys];
        double[] samples = new double[requests];
        long allocated = 0;
        // Listening is for the whole process: only while this contender has its turn.
        using SocketEvents? events = traced ? new SocketEvents() : null;
        RequestClock? clock = traced ? new RequestClock(LoopTime.Real) : null;
        if (traced)
            SocketEvents.Bind(clock);
        for (int request = 0; request < requests; request++)
        {
            if (request == Skipped)
                allocated = GC.GetTotalAllocatedBytes(precise: true);
            long started = Stopwatch.GetTimestamp();
            await ReadAsync(_pool!, parsed, response, clock, cancellationToken);
            samples[request] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            if (clock is { RoundTrips: not 1 })
                throw new BenchmarkException($"'{Name}' was told of {clock.RoundTrips} round trips.");
            if (mode is not null)
                Demand(parsed, response);
        }

        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new ServeSamples(samples[Skipped..], (double)allocated / (requests - Skipped));
    }

    /// <inheritdoc />
    public override TimeSpan? ProcessorTime() => Environment.CpuUsage.TotalTime;

    /// <inheritdoc />
    public override async Task<double> RateAsync(
        IReadOnlyList<string> keys, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using FeaturePool pool = await FeaturePool.OpenAsync(server.Session, _statements!, clients, cancellationToken);
        object[] parsed = [.. keys];
        long started = Stopwatch.GetTimestamp();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                FeatureResponse response = new(_statements!.Plan);
                long count = 0;
                for (; Stopwatch.GetElapsedTime(started) < duration; count++)
                {
                    await ReadAsync(pool, parsed, response, null, cancellationToken);
                    Demand(parsed, response);
                }

                return count;
            }, cancellationToken)));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (_pool is not null)
            await _pool.DisposeAsync();
        _pool = null;
        await base.DisposeAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadAsync(
        FeaturePool pool, object[] keys, FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        if (clock is not null)
        {
            SocketEvents.Bind(clock);
            clock.Start();
        }

        FeatureConnection connection = await pool.RentAsync(cancellationToken, clock);
        try
        {
            if (mode is FeatureMode read)
                await connection.ReadAsync(read, 0, keys, response, clock, cancellationToken);
            else
                await connection.FloorAsync(cancellationToken);
        }
        finally
        {
            pool.Return(connection);
        }

        clock?.Finish();
    }

    // Outside the timed part: every table's row is there and carries its key.
    private void Demand(object[] keys, FeatureResponse response)
    {
        for (int table = 0; table < _statements!.Plan.Tables.Count; table++)
        {
            if (response.Rows(table) != 1)
                throw new BenchmarkException($"'{Name}' found {response.Rows(table)} rows in {_statements.Plan.Tables[table].Name}.");
        }

        if (FeatureCheck.Fault(_statements.Plan, keys, response) is { } fault)
            throw new BenchmarkException($"'{Name}' read wrong rows: {fault.Message}");
    }
}
