using System.Runtime.ExceptionServices;

namespace LakebaseOps.Latency;

/// <summary>
/// Requests that begin when a schedule says so, whether earlier ones have been answered or not, as the callers of a service
/// do. Each keeps its intended begin: the response time counts from there, so a stall is felt by all that should have been
/// sent meanwhile (no coordinated omission). A request that finds all clients busy waits for one and is late, not left out.
/// </summary>
internal sealed class OpenLoop(
    IReadOnlyList<RequestClient> clients, LoopTime time, ArrivalPattern arrival, double rate, long seed,
    int rounds = OpenLoop.UsualRounds) : Loop
{
    /// <summary>Rounds of a cell, unless it is one trial of a search.</summary>
    public const int UsualRounds = 10;

    // A backlog that takes longer than the block to work off will not be worked off.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    // To begin on another thread takes about so long.
    private static readonly long HandOver = LoopTime.Ticks(0.00005);

    private readonly FreeClients _free = new(clients, time.Blocks);
    private SeededRandom _random = SeededRandom.For(seed, 0xA881);

    /// <inheritdoc />
    public override int Clients => clients.Count;

    /// <inheritdoc />
    public override int Rounds => rounds;

    /// <inheritdoc />
    public override TimeSpan LongestBlock => rounds == 1 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public override async Task RunAsync(LatencyCell cell, long requests, TimeSpan limit, CancellationToken cancellationToken)
    {
        OpenLoopCounts counts = cell.Open!;
        long[] schedule = ArrivalSchedule.Of(arrival, rate, Math.Min(requests, cell.Remaining), limit, ref _random);
        if (schedule.Length == 0)
            schedule = [0];
        // A thread of its own, so that no other work of this process delays the schedule.
        Task dispatching = time.Blocks
            ? Task.Factory.StartNew(() =>
            {
                time.PreferThread();
                DispatchAsync(cell, schedule, counts, cancellationToken).GetAwaiter().GetResult();
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : DispatchAsync(cell, schedule, counts, cancellationToken);
        await dispatching.ConfigureAwait(false);
    }

    private async Task DispatchAsync(LatencyCell cell, long[] schedule, OpenLoopCounts counts, CancellationToken cancellationToken)
    {
        // The first millisecond is for getting ready.
        long origin = time.Now + LoopTime.Ticks(0.001);
        long end = origin + Math.Max(schedule[^1], LoopTime.Ticks(schedule.Length / rate));
        long patience = end + Math.Max(end - origin, LoopTime.Ticks(LeastPatience.TotalSeconds));
        Exception? fault = null;
        long completed = 0;
        int sent = 0;
        long? backlog = null;
        try
        {
            foreach (long offset in schedule)
            {
                RequestClient client = await _free.TakeAsync(cancellationToken).ConfigureAwait(false);
                if (time.Now > end)
                    backlog ??= schedule.Length - Interlocked.Read(ref completed);
                if (fault is not null || time.Now > patience || cell.Take() is not (var number and >= 0))
                {
                    _free.Return(client);
                    break;
                }

                sent++;
                try
                {
                    client.Prepare(cell, number);
                    counts.Ready(origin + offset, time.Now);
                    await time.UntilAsync(origin + offset, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    // Who has a client and does not send gives it back: all are waited for in the end.
                    _free.Return(client);
                    throw;
                }

                // On time it is sent from here, which spares the way to another thread; when this one is behind, others help.
                long intended = origin + offset;
                _ = time.Now - intended < HandOver
                    ? SendAsync(client, number, intended)
                    : time.Start(() => SendAsync(client, number, intended));
            }

            await time.UntilAsync(end, cancellationToken).ConfigureAwait(false);
            counts.Book(schedule.Length, schedule.Length - sent, backlog ?? schedule.Length - Interlocked.Read(ref completed));
        }
        finally
        {
            // Whatever ends the block, clients that still send are waited for: they use the pool.
            await _free.AllAsync().ConfigureAwait(false);
        }

        if (fault is not null)
            ExceptionDispatchInfo.Throw(fault);

        counts.Spend(end - origin, Math.Max(time.Now, end) - origin);

        async Task SendAsync(RequestClient client, long number, long intended)
        {
            try
            {
                await client.RunAsync(cell, number, intended, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // A failed request is booked by the client; this is the end of the measurement, and thrown there.
                Interlocked.CompareExchange(ref fault, exception, null);
            }
            finally
            {
                Interlocked.Increment(ref completed);
                _free.Return(client);
            }
        }
    }
}
