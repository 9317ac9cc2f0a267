using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>
/// Exactly once whatever dies: seeded schedules of faults, a few in the suite and a thousand in a soak. LAKEBASEOPS_SEED sets
/// the first seed, so a schedule that failed can be played again alone with LAKEBASEOPS_SOAK unset and LAKEBASEOPS_COUNT=1.
/// </summary>
public sealed class ScheduleTests(PostgresServer server, FaultServer own) : IClassFixture<FaultServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_breaks_the_rows_are_exact_in_the_end()
    {
        int first = Number("LAKEBASEOPS_SEED") ?? 1;
        int count = Number("LAKEBASEOPS_COUNT") ?? Soak.Cases(12, 1_000);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("lakebaseops-schedules-");
        IReadOnlyDictionary<LoadInput, LoadData> data = await LoadData.CreateAsync(server.CreateDatabaseAsync, folder.FullName, Cancel);
        ConcurrentQueue<string> failures = new();
        ConcurrentDictionary<FaultKind, int> kinds = new();
        (int done, int calls, int fired, int full) = (0, 0, 0, 0);
        using SemaphoreSlim restarts = new(1);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = 3, CancellationToken = Cancel };
        await Parallel.ForEachAsync(Enumerable.Range(first, count), parallel, async (seed, _) =>
        {
            Schedule schedule = Schedule.Of(seed);
            long start = Stopwatch.GetTimestamp();
            Soak.Say(schedule.ToString());
            try
            {
                ScheduleEnd end = await PlayAsync(schedule, data[schedule.Input], folder.FullName, restarts);
                Interlocked.Add(ref calls, end.Calls);
                Interlocked.Add(ref fired, end.Fired);
                if (end.Fired >= schedule.Faults.Count)
                    Interlocked.Increment(ref full);
                Soak.Say($"schedule {seed}: {end.Calls} calls, {end.Fired} faults, {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
            }
            catch (Exception exception) when (!Cancel.IsCancellationRequested)
            {
                failures.Enqueue($"{schedule}\n{exception}");
                Soak.Say($"FAILED: {schedule}\n{exception}");
            }

            int ended = Interlocked.Increment(ref done);
            if (ended % 20 == 0)
                Soak.Say($"{ended} of {count} schedules, {calls} calls, {fired} faults happened, {failures.Count} failed");
        });
        folder.Delete(recursive: true);
        if (!SmallDisk.IsPossible)
            TestContext.Current.AddWarning("NO DISK WAS FILLED: that needs Linux and the right to mount.");
        string sum = $"{done} schedules from seed {first}: {calls} calls, {fired} faults happened, {failures.Count} failed";
        TestContext.Current.TestOutputHelper?.WriteLine(sum);
        Soak.Say(sum);
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
        Assert.True(count < 12 || (fired > count && calls > count * 5 / 4), $"The faults hardly happen: {sum}");
    }

    private async Task<ScheduleEnd> PlayAsync(Schedule schedule, LoadData data, string folder, SemaphoreSlim restarts)
    {
        if (!schedule.NeedsServer)
            return await PlayAsync(schedule, data, folder, server.Options, null);
        await restarts.WaitAsync(Cancel);
        try
        {
            return await PlayAsync(schedule, data, folder, await own.StartAsync(Cancel), own);
        }
        finally
        {
            restarts.Release();
        }
    }

    private static async Task<ScheduleEnd> PlayAsync(
        Schedule schedule, LoadData data, string folder, ConnectionOptions options, FaultServer? stopped)
    {
        string database = $"schedule_{schedule.Seed}_{Guid.NewGuid():N}";
        await using PostgresSession root = await SessionFactory.ConnectAsync(options, Cancel);
        await LoadData.ExecuteAsync(root, $"CREATE DATABASE {database}", Cancel);
        SmallDisk? disk = schedule.Has(FaultKind.FullDisk) ? await SmallDisk.MountAsync(300) : null;
        try
        {
            if (disk is not null)
                await LoadData.ExecuteAsync(root, disk.Sql, Cancel);
            NpgsqlConnectionStringBuilder named = new(options.ConnectionString) { ApplicationName = "schedule" };
            await using PostgresSession session = await SessionFactory.ConnectAsync(
                options with { Database = database, ConnectionString = named.ConnectionString }, Cancel);
            ScheduleRun run = new(schedule, data, session, stopped, disk, folder);
            await using (run)
                return await run.PlayAsync(Cancel);
        }
        finally
        {
            await using PostgresSession after = await SessionFactory.ConnectAsync(options, CancellationToken.None);
            await LoadData.ExecuteAsync(after, $"DROP DATABASE {database} WITH (FORCE)", CancellationToken.None);
            if (disk is not null)
            {
                await LoadData.ExecuteAsync(after, $"DROP TABLESPACE {disk.Tablespace}", CancellationToken.None);
                await disk.DisposeAsync();
            }
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
