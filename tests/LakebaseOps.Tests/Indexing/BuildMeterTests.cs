using LakebaseOps.Indexing;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Indexing;

[EachServer("The progress of builds is a view of the server.")]
public sealed class BuildMeterTests(PostgresServer server) : DatabaseTest(server)
{
    [Fact]
    public void Each_build_counts_by_the_time_it_is_expected_to_take_and_nothing_runs_back()
    {
        RecordingSink sink = new();
        BuildMeter meter = new("Building", 2, [("a", 3), ("b", 1)], TimeSpan.FromSeconds(100), sink);
        meter.Report();
        meter.Set("a", 0.5);
        meter.Set("not to be built", 1);
        meter.Report();
        meter.Set("a", 0.2);
        meter.Report();
        meter.Set("b", 1);
        meter.TableDone();
        meter.Set("a", 1);
        meter.TableDone();
        meter.End();
        Assert.Equal([0, 37.5, 37.5, 62.5, 100, 100], sink.Progress.Select(one => one.Percent));
        Assert.InRange(sink.Progress[0].Remaining!.Value.TotalSeconds, 95, 100);
        Assert.Equal("1 of 2 tables, 1 of 2 indexes", sink.Progress[3].Status);
        Assert.True(sink.Progress[^1].IsCompleted);
    }

    [Fact]
    public async Task Builds_at_the_same_time_have_one_progress_and_one_connection_that_watches_them()
    {
        for (int table = 0; table < 4; table++)
            await ExecuteAsync($"CREATE TABLE t{table} AS SELECT g AS a, repeat(md5(g::text), 2) AS b FROM generate_series(1, 20000) g");
        RecordingSink sink = new();
        await new BuildIndexOperation(Session, new BuildIndexOptions { Table = ["t0", "t1", "t2", "t3"], Columns = ["b"], ThrottleLimit = 4, Offline = true })
            .RunAsync(sink, TestContext.Current.CancellationToken);
        Assert.All(sink.Of<IndexBuildResult>(), built => Assert.Equal("Built", built.Status));
        OperationProgress[] all = [.. sink.Progress.Where(one => one.Activity == "Building indexes")];
        double[] percents = [.. all.Select(one => one.Percent!.Value)];
        Assert.Equal(percents.Order(), percents);
        Assert.Equal((0, 100), (percents[0], percents[^1]));
        Assert.Equal("4 of 4 tables, 4 of 4 indexes", all[^1].Status);
        Assert.Equal(1, all.Count(one => one.IsCompleted));
        // Each build has a report of its own below it, and each of these ends.
        Assert.Equal(4, sink.Progress.Where(one => one.Parent == "Building indexes" && one.IsCompleted).Select(one => one.Activity).Distinct().Count());
    }
}
