namespace LakebaseOps.Indexing;

/// <summary>Runs jobs of different weight at once, never more weight than there are slots.</summary>
internal static class BuildSchedule
{
    private const long Gigabyte = 1L << 30;

    /// <summary>Slots when the caller names none.</summary>
    public const int DefaultSlots = 4;

    /// <summary>Slots that a table of a size takes: from 50 GB all, from 10 GB half of them, else one.</summary>
    public static int Weight(long tableBytes, int slots) => tableBytes switch
    {
        >= 50 * Gigabyte => slots,
        >= 10 * Gigabyte => Math.Max(1, slots / 2),
        _ => 1,
    };

    /// <summary>Runs all in their order; the first failure is thrown once everything that runs has ended, and nothing new begins.</summary>
    public static async Task RunAsync<T>(
        IEnumerable<T> jobs, Func<T, int> weights, int slots, Func<T, Task> run, CancellationToken cancellationToken)
    {
        Dictionary<Task, int> running = [];
        Task? failed = null;
        foreach (T job in jobs)
        {
            int weight = Math.Min(slots, weights(job));
            while (failed is null && running.Values.Sum() + weight > slots)
                await ReapAsync().ConfigureAwait(false);
            if (failed is not null || cancellationToken.IsCancellationRequested)
                break;
            running.Add(run(job), weight);
        }

        while (running.Count > 0)
            await ReapAsync().ConfigureAwait(false);
        if (failed is not null)
            await failed.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        async Task ReapAsync()
        {
            Task ended = await Task.WhenAny(running.Keys).ConfigureAwait(false);
            running.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
                failed ??= ended;
        }
    }
}
