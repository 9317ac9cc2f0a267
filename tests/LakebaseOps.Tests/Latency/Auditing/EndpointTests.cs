using LakebaseOps.Latency;
using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Latency.Auditing;

public sealed class EndpointTests : OwnServerTest
{
    [Fact]
    public async Task A_run_is_invalid_when_the_server_is_reconfigured_or_restarted_meanwhile_and_says_so()
    {
        await ExecuteAsync("CREATE TABLE numbered (id bigint PRIMARY KEY, v text); INSERT INTO numbered SELECT g, g FROM generate_series(1, 1000) g; ANALYZE numbered");
        RecordingSink sink = await MeasureAsync(async () => await ExecuteAsync("ALTER SYSTEM SET work_mem = '9MB'; SELECT pg_reload_conf()"));
        const string Setting = "the setting work_mem was 4MB and is 9MB";
        LatencyResult cell = Assert.Single(sink.Of<LatencyResult>());
        Assert.Equal([Setting], cell.EndpointChanges);
        Assert.Equal($"the endpoint changed meanwhile: {Setting}", cell.InvalidReason);
        Assert.Contains(Setting, cell.Trust, StringComparison.Ordinal);
        Assert.Equal(ErrorIds.EndpointChanged, Assert.Single(sink.Errors).Id);
        RunRecord run = await RunFile.ReadAsync(Folder, Cancel);
        Assert.Equal(("Invalid", Setting), (run.Status, Assert.Single(run.EndpointChanges)));
        Assert.Equal(cell.InvalidReason, Assert.Single(run.Latencies).InvalidReason);
        Assert.StartsWith("system ", run.Server!.Identity, StringComparison.Ordinal);
        Assert.Equal((false, 0), (run.Server.IsInRecovery, run.Server.Replicas));

        LakebaseException restarted = await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(RestartAsync));
        Assert.Equal(ErrorIds.EndpointChanged, restarted.Error.Id);
        Assert.Contains("the server's start time was", restarted.Message, StringComparison.Ordinal);
        run = await RunFile.ReadAsync(Folder, Cancel);
        Assert.Equal("Invalid", run.Status);
        Assert.Contains(run.EndpointChanges, change => change.StartsWith("the server's start time was", StringComparison.Ordinal));

        // Nothing changes: nothing is said. The session's idle connections ended with the former server.
        Session.DataSource.Clear();
        sink = await MeasureAsync(() => Task.CompletedTask);
        Assert.Equal((0, 0), (sink.Errors.Count, sink.Of<LatencyResult>()[0].EndpointChanges.Count));
        Assert.Equal("Passed", (await RunFile.ReadAsync(Folder, Cancel)).Status);
    }

    [Fact]
    public void Each_fact_that_differs_is_named()
    {
        ServerEnvironment before = new() { Version = "17.1", Identity = "system 1", IsInRecovery = false, Replicas = 2, StartedAt = DateTimeOffset.UnixEpoch };
        Assert.Empty(ServerFacts.Changes(before, before with { Settings = new Dictionary<string, string>() }));
        Assert.Equal(
            [
                "the server's version was 17.1 and is 17.2", "the server's start time was 1970-01-01 00:00:00.000 UTC and is 1970-01-01 00:00:01.500 UTC",
                "the server's identity was system 1 and is system 2", "being a standby was False and is True", "the number of standbys was 2 and is 1",
                "the setting jit was unknown and is on",
            ],
            ServerFacts.Changes(before, new ServerEnvironment
            {
                Version = "17.2", Identity = "system 2", IsInRecovery = true, Replicas = 1, StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(1.5),
                Settings = new Dictionary<string, string> { ["jit"] = "on" },
            }));
    }

    /// <summary>Measures, and does something once when the first requests have been answered.</summary>
    private async Task<RecordingSink> MeasureAsync(Func<Task> meanwhile)
    {
        bool done = false;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (done || !(progress.Percent > 0))
                    return;
                done = true;
                meanwhile().GetAwaiter().GetResult();
            },
        };
        await new MeasureFeatureLatencyOperation(Session, new MeasureFeatureLatencyOptions
        {
            Table = ["numbered"], Requests = 400, WarmUpLimit = 50, OutputPath = Folder, Force = true,
        }).RunAsync(sink, Cancel);
        Assert.True(done);
        return sink;
    }
}
