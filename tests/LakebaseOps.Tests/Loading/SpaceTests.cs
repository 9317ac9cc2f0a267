using System.Globalization;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Space;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Loading;

public sealed class SpaceTests(PostgresServer server) : LoadTest(server)
{
    [Fact]
    public async Task A_load_that_cannot_fit_is_refused_before_anything_is_written()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, v double precision)");
        BulkLoadOptions options = new() { Table = "t", Synthetic = true, Rows = 1_000_000_000_000 };

        LakebaseError error = await RefusedAsync(options);

        Assert.Equal(ErrorIds.InsufficientSpace, error.Id);
        Assert.Contains("MB", error.Message, StringComparison.Ordinal);
        Assert.False(await ScalarAsync<bool>("SELECT to_regnamespace('lakebase_ops') IS NOT NULL"));
        OperationPlan plan = await new BulkLoadOperation(Session, options with { SkipSpaceCheck = true }).DescribeAsync(Cancel);
        Assert.Matches(@"Space: about [\d,]+ MB; left: [\d,]+ MB on the disk", string.Join(';', plan.Steps));
    }

    [Fact]
    public async Task The_estimate_is_near_what_the_table_takes()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, name text, at timestamptz, x double precision, flag boolean); CREATE INDEX ON t (name)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", Rows(0, 20_000))] };

        BulkLoadResult first = await LoadAsync(options);
        Assert.InRange(first.RatioToPlan!.Value, 0.6, 1.6);
        Assert.Equal(await ScalarAsync<long>("SELECT pg_total_relation_size('t')"), first.ActualBytes);
        // Now the table itself says what a row takes.
        BulkLoadResult second = await LoadAsync(options with { Restart = true });
        Assert.InRange(second.RatioToPlan!.Value, 0.9, 1.1);
        BulkLoadResult added = await LoadAsync(options with { Path = [Write("u.csv", Rows(20_000, 8_000))], Mode = BulkLoadMode.Append });
        Assert.InRange(added.RatioToPlan!.Value, 0.5, 2);
        Assert.True(added.ActualBytes < first.ActualBytes);

        static string Rows(int from, int count) => "id,name,at,x,flag\n" + string.Concat(Enumerable.Range(from, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},customer number {i * 7919 % 20_000} of many,2026-11-22 10:00:00+00,{i / 7.0:R},t\n")));
    }

    [Fact]
    public void Each_table_needs_room_beside_its_present_one_and_leaves_room_behind()
    {
        LoadPlan plan = new()
        {
            Table = new TableName("public", "t"), Mode = BulkLoadMode.Replace, Source = null!, Streams = 1, LiveOid = 1, PlannedBytes = 100,
            Shape = new TableDefinition { Name = new TableName("public", "t"), HeapBytes = 60, IndexBytes = 20 },
            Stage = new TableName("public", "s"), Indexes = [], Constraints = [],
        };
        LoadPlan[] two = [plan, plan with { Table = new TableName("public", "u") }];

        Check(two, 120);
        Assert.Throws<LakebaseException>(() => Check(two, 119));
        Check([.. two.Select(one => one with { KeepPrevious = true })], 200);
        Assert.Throws<LakebaseException>(() => Check([.. two.Select(one => one with { KeepPrevious = true })], 199));
        Check([plan with { PlannedBytes = null }], 0);
        // The stage of an unfinished load is there already.
        SpaceCheck.Check([plan], new Dictionary<TableName, long> { [plan.Table] = 70 }, new ServerSpace(30, ""));
        SpaceCheck.Check([plan], new Dictionary<TableName, long>(), new ServerSpace(null, "not known"));

        static void Check(IReadOnlyList<LoadPlan> plans, long free) => SpaceCheck.Check(plans, new Dictionary<TableName, long>(), new ServerSpace(free, ""));
    }
}
