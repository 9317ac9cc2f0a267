using LakebaseOps.Latency;
using LakebaseOps.Latency.RoundTrips;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Tests.Latency;

/// <summary>Each test slows one thing down and sees it in one part of the request's time.</summary>
public sealed class InducedFaultTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    // Long against whatever else a busy machine adds.
    private static readonly TimeSpan Fault = TimeSpan.FromMilliseconds(300);

    private FeatureStatements _statements = null!;
    private NpgsqlConnection _control = null!;
    private Func<LatencyCell> _cell = null!;
    private Func<FeaturePool, Loop> _loop = null!;

    [Fact]
    public async Task A_request_that_finds_every_connection_taken_spends_its_time_in_PoolWait()
    {
        await ReadyAsync(Options);
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, _statements, 1, Cancel);
        using SocketEvents events = new();
        FeatureConnection taken = await pool.RentAsync(Cancel);
        LatencyCell cell = _cell();
        Task running = _loop(pool).RunAsync(cell, 1, TimeSpan.FromMinutes(1), Cancel);
        while (cell.Begun == 0)
            await Task.Delay(10, Cancel);
        await Task.Delay(Fault, Cancel);
        pool.Return(taken);
        await running;
        AssertOnly(RequestPart.PoolWait, cell);

        LatencyCell after = await RunAsync(pool);
        Assert.Equal((0, true), (Us(after, RequestPart.PoolWait), Us(after, RequestPart.PoolIdle) > 0));
    }

    [Fact]
    public async Task A_request_whose_connection_broke_spends_its_time_in_PoolOpen()
    {
        await ReadyAsync(Options);
        await using DelayedLink link = new(DelayedLink.ServerOf(Session));
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, _statements, 1, Cancel, link.Address);
        using SocketEvents events = new();
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'LakebaseOps features'");
        LatencyCell broken = await RunAsync(pool);
        Assert.Equal((1, 0), (broken.Errors.Values.Sum(), broken.Histogram.Count));

        // To open a connection and prepare on it takes many trips of this way, the request itself one.
        link.Delay = Fault / 3;
        LatencyCell opened = await RunAsync(pool);
        AssertOnly(RequestPart.PoolOpen, opened);
        Assert.Equal((0, 0, 1), (Us(opened, RequestPart.PoolWait), Us(opened, RequestPart.PoolIdle), opened.RoundTrips));
        Assert.Equal(0, Us(await RunAsync(pool), RequestPart.PoolOpen));
    }

    [Theory]
    [InlineData(FeatureMode.Batch)]
    [InlineData(FeatureMode.Serial)]
    public async Task A_server_that_takes_its_time_shows_in_FirstByte(FeatureMode mode)
    {
        await ReadyAsync(Options with { Mode = [mode] });
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, _statements, 1, Cancel);
        using SocketEvents events = new();
        await using NpgsqlTransaction transaction = await _control.BeginTransactionAsync(Cancel);
        await OnControlAsync("LOCK TABLE card__good IN ACCESS EXCLUSIVE MODE");
        LatencyCell cell = _cell();
        Task running = _loop(pool).RunAsync(cell, 1, TimeSpan.FromMinutes(1), Cancel);
        while (await OnControlAsync("SELECT count(*) FROM pg_locks WHERE relation = 'card__good'::regclass AND NOT granted") is 0L)
            await Task.Delay(10, Cancel);
        await Task.Delay(Fault, Cancel);
        await transaction.CommitAsync(Cancel);
        await running;
        AssertOnly(RequestPart.FirstByte, cell);
    }

    [Fact]
    public async Task A_narrow_link_shows_in_Transfer()
    {
        // Many times what the link passes on at once, and long against the time a busy server takes to make so long a value.
        const int Bytes = 2_000_000;
        await ExecuteAsync($"CREATE TABLE card__large (hashkey text PRIMARY KEY, v text); INSERT INTO card__large SELECT hashkey, repeat('x', {Bytes}) FROM card__good LIMIT 5");
        await ReadyAsync(Options with { Table = ["card__large"] });
        await using ThrottledLink link = new(DelayedLink.ServerOf(Session), Bytes / (2 * Fault.TotalSeconds));
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, _statements, 1, Cancel, link.Address);
        using SocketEvents events = new();
        // What else the machine does may hold up the first byte of some of them; the link narrows all.
        List<LatencyCell> cells = [];
        do
            cells.Add(await RunAsync(pool));
        while (cells.Count < 8 && Us(cells[^1], RequestPart.FirstByte) > Fault.TotalMicroseconds / 2);
        LatencyCell cell = cells.MinBy(one => Us(one, RequestPart.FirstByte))!;
        AssertOnly(RequestPart.Transfer, cell);
        Assert.All(cells, one => Assert.Equal(1, one.Rows));
    }

    public override async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task ReadyAsync(MeasureFeatureLatencyOptions options)
    {
        _control = await Session.OpenAsync(Cancel);
        _statements = await FeatureStatements.ReadAsync(_control, options, options.Mode, Cancel);
        FeaturePlan plan = _statements.Plan;
        IReadOnlyList<KeySpace> spaces = await KeySpaceReader.ReadAsync(_control, plan, KeyRange.Common, 1, Cancel);
        KeySampler[] samplers = [.. spaces.Select(space => new KeySampler(KeyDistribution.Uniform, space.Count, options))];
        _cell = () =>
        {
            LatencyCell cell = new(options.Mode[0], new RequestStream(spaces, samplers, 1, 0, plan.Requests), quota: 1, duration: null, seed: 1);
            cell.Start();
            return cell;
        };
        _loop = pool => new ClosedLoop(plan, spaces, new FeatureReaders([pool]), new ResponseAudit(plan, _control), clients: 1);
        // What is compiled or loaded at first use is no part of what is looked at.
        using SocketEvents events = new();
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, _statements, 1, Cancel);
        for (int request = 0; request < 30; request++)
            await RunAsync(pool);
    }

    private async Task<LatencyCell> RunAsync(FeaturePool pool)
    {
        LatencyCell cell = _cell();
        await _loop(pool).RunAsync(cell, 1, TimeSpan.FromMinutes(1), Cancel);
        return cell;
    }

    private async Task<object?> OnControlAsync(string sql)
    {
        await using NpgsqlCommand command = new(sql, _control);
        return await command.ExecuteScalarAsync(Cancel);
    }

    private static double Us(LatencyCell cell, RequestPart part) => cell.Samples.Sorted().Single().PartUs((int)part);

    // The fault shows there and nowhere else: it is by far the most of the time, and all parts together are all of it.
    private static void AssertOnly(RequestPart part, LatencyCell cell)
    {
        Assert.Empty(cell.Errors);
        LatencySample sample = cell.Samples.Sorted().Single();
        double[] parts = [.. Enumerable.Range(0, RequestClock.Parts).Select(sample.PartUs)];
        string all = string.Join(", ", Enum.GetValues<RequestPart>().Select(one => FormattableString.Invariant($"{one} {parts[(int)one]:F0}")));
        Assert.Equal(sample.TotalUs, parts.Sum(), tolerance: 1);
        Assert.True(parts[(int)part] > Fault.TotalMicroseconds / 2, all);
        Assert.All(parts.Where((_, at) => at != (int)part), other => Assert.True(other < parts[(int)part] / 2, all));
    }
}
