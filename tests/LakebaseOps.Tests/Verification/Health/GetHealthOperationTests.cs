using LakebaseOps.Connections;
using LakebaseOps.Verification;
using LakebaseOps.Verification.Health;
using Npgsql;

namespace LakebaseOps.Tests.Verification.Health;

/// <summary>Each check says nothing of a server that is well, and finds what was made wrong for it.</summary>
[EachServer("Every check reads a view of the server.")]
public sealed class GetHealthOperationTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, v text NOT NULL);
            INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 20000) g;
            """);
        await ExecuteAsync("VACUUM (FREEZE, ANALYZE) t");
        // What was done up to here is counted now and not while the server is looked at.
        await ExecuteAsync("SELECT pg_stat_force_next_flush()");
    }

    [Fact]
    public async Task Every_check_answers_and_a_table_that_is_well_has_no_warning()
    {
        IReadOnlyList<HealthCheck> all = await LookAsync(new() { Duration = Short });
        Assert.Equal(Enum.GetNames<HealthCheckKind>().Order(), all.Select(check => check.Check).Distinct().Order());
        Assert.All(all, check => Assert.Equal(Session.Name, check.Session));
        Assert.All(all, check => Assert.True((check.Status is CheckStatus.Warning or CheckStatus.Failed) == check.Remedy.Length > 0 || check.Status == CheckStatus.Skipped, $"{check}"));
        Assert.DoesNotContain(all, check => check.Target == "public.t");
    }

    [Fact]
    public async Task A_transaction_that_stays_open_is_named_with_its_process()
    {
        await using NpgsqlConnection idle = await Session.OpenAsync(Cancel);
        await using NpgsqlTransaction open = await idle.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand command = new("SELECT 'a secret'", idle, open))
            await command.ExecuteScalarAsync(Cancel);

        HealthCheck found = Single(await LookAsync(new() { Check = [HealthCheckKind.LongTransactions], MaxTransactionAge = TimeSpan.Zero }), $"process {idle.ProcessID}");

        Assert.Equal(CheckStatus.Warning, found.Status);
        Assert.Contains("idle in transaction", found.Actual, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", found.ToString(), StringComparison.Ordinal);
        Assert.Contains($"pg_terminate_backend({idle.ProcessID})", found.Remedy, StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Passed, Assert.Single(await LookAsync(new() { Check = [HealthCheckKind.LongTransactions], MaxTransactionAge = TimeSpan.FromDays(1) })).Status);
    }

    [Fact]
    public async Task Who_waits_for_a_lock_is_named_with_who_holds_it()
    {
        await using NpgsqlConnection holder = await Session.OpenAsync(Cancel);
        await using NpgsqlTransaction open = await holder.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand command = new("LOCK TABLE t", holder, open))
            await command.ExecuteNonQueryAsync(Cancel);
        await using NpgsqlConnection waiter = await Session.OpenAsync(Cancel);
        await using NpgsqlCommand waiting = new("SELECT count(*) FROM t", waiter);
        Task<object?> answer = waiting.ExecuteScalarAsync(Cancel);
        while (await ScalarAsync<long>($"SELECT count(*) FROM pg_locks WHERE pid = {waiter.ProcessID} AND NOT granted AND waitstart IS NOT NULL") == 0)
            await Task.Delay(10, Cancel);

        HealthCheck found = Single(await LookAsync(new() { Check = [HealthCheckKind.LockWaits], MaxLockWait = TimeSpan.Zero }), $"process {waiter.ProcessID}");
        await open.RollbackAsync(Cancel);

        Assert.Equal(20_000L, await answer);
        Assert.Equal(CheckStatus.Warning, found.Status);
        Assert.Contains($"AccessShareLock on t held by process {holder.ProcessID}", found.Actual, StringComparison.Ordinal);
        Assert.DoesNotContain(await LookAsync(new() { Check = [HealthCheckKind.LockWaits], MaxLockWait = TimeSpan.FromHours(1) }), check => check.Target == found.Target);
    }

    [Fact]
    public async Task What_is_read_meanwhile_is_counted_and_nothing_before()
    {
        await ReadAsync();
        Assert.Equal(CheckStatus.Passed, (await WatchAsync(HealthCheckKind.SequentialScans, () => Task.CompletedTask)).Status);

        HealthCheck scans = await WatchAsync(HealthCheckKind.SequentialScans, ReadAsync);
        Assert.Equal(("public.t", CheckStatus.Warning, "1"), (scans.Target, scans.Status, scans.Actual));
        HealthCheck hits = await WatchAsync(HealthCheckKind.HitRatio, ReadAsync);
        Assert.Equal(CheckStatus.Passed, hits.Status);
        Assert.StartsWith("100 % of ", hits.Actual, StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Skipped, (await WatchAsync(HealthCheckKind.HitRatio, () => Task.CompletedTask)).Status);
        Assert.Equal(CheckStatus.Warning, (await WatchAsync(HealthCheckKind.HitRatio, ReadAsync, minHitShare: 1.01)).Status);

        async Task ReadAsync() => await ExecuteAsync("SET enable_indexonlyscan = off; SET max_parallel_workers_per_gather = 0; SELECT count(v) FROM t; SELECT pg_stat_force_next_flush()");
    }

    [Fact]
    public async Task Waste_connections_and_settings_are_found()
    {
        await ExecuteAsync("UPDATE t SET v = v || 'y'");
        await ExecuteAsync("UPDATE t SET v = v || 'y'; ANALYZE t");
        Assert.Equal(CheckStatus.Warning, Single(await LookAsync(new() { Check = [HealthCheckKind.Bloat] }), "public.t").Status);
        Assert.Equal(CheckStatus.Warning, Assert.Single(await LookAsync(new() { Check = [HealthCheckKind.Connections], MaxConnectionShare = 0 })).Status);
        Assert.Equal(CheckStatus.Failed, Assert.Single(await LookAsync(new() { Check = [HealthCheckKind.TransactionIds], MaxTransactionIdShare = 0 })).Status);

        await ExecuteAsync($"ALTER DATABASE \"{Session.Database}\" SET random_page_cost = 4");
        HealthCheck cost = Single(await FreshAsync(new() { Check = [HealthCheckKind.Settings] }), "setting random_page_cost");
        Assert.Equal((CheckStatus.Warning, "4"), (cost.Status, cost.Actual));
        await ExecuteAsync($"ALTER DATABASE \"{Session.Database}\" SET random_page_cost = 1.1");
        Assert.DoesNotContain(await FreshAsync(new() { Check = [HealthCheckKind.Settings] }), check => check.Target == cost.Target);
    }

    [Fact]
    public async Task A_role_that_sees_its_own_sessions_only_is_not_told_that_all_is_well()
    {
        string role = $"reader_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {role}");
        await using (PostgresSession own = await SessionFactory.ConnectAsync(
            new ConnectionOptions { ConnectionString = $"{Server.ConnectionString(Session.Database)};Options=-c role={role}" }, Cancel))
        {
            IReadOnlyList<HealthCheck> all = (await RecordingSink.RunAsync(new GetHealthOperation(own, new HealthOptions { Duration = Short }), Cancel)).Of<HealthCheck>();
            foreach (HealthCheckKind kind in new[] { HealthCheckKind.Vacuum, HealthCheckKind.LongTransactions, HealthCheckKind.Connections })
            {
                HealthCheck hidden = Assert.Single(all, check => check.Check == kind.ToString());
                Assert.Equal((CheckStatus.Skipped, "Grant the role pg_monitor."), (hidden.Status, hidden.Remedy));
            }
        }

        await ExecuteAsync($"DROP ROLE {role}");
    }

    [Theory]
    [InlineData(3600, CheckStatus.Passed, "60 min left")]
    [InlineData(599, CheckStatus.Warning, "9 min left")]
    [InlineData(-1, CheckStatus.Failed, "expired")]
    public void The_rest_of_a_token_s_life_is_judged(int seconds, CheckStatus status, string actual)
    {
        Finding finding = SessionLife.Judge(TimeSpan.FromSeconds(seconds));
        Assert.Equal((status, actual), (finding.Status, finding.Actual));
    }

    private async Task<HealthCheck> WatchAsync(HealthCheckKind kind, Func<Task> meanwhile, double minHitShare = 0.99)
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        HealthWatch watch = await HealthWatch.BeginAsync(connection, [new TableName("public", "t")], Cancel);
        await meanwhile();
        await watch.EndAsync(Cancel);
        (string target, Finding finding) = Assert.Single(watch.Judge(kind, new HealthOptions { MinHitShare = minHitShare }));
        return new HealthCheck { Check = kind.ToString(), Target = target, Status = finding.Status, Actual = finding.Actual };
    }

    /// <summary>Looks over a connection that was opened after the settings were changed.</summary>
    private async Task<IReadOnlyList<HealthCheck>> FreshAsync(HealthOptions options)
    {
        await using PostgresSession fresh = await SessionFactory.ConnectAsync(Session.Options, Cancel);
        return (await RecordingSink.RunAsync(new GetHealthOperation(fresh, options), Cancel)).Of<HealthCheck>();
    }

    private async Task<IReadOnlyList<HealthCheck>> LookAsync(HealthOptions options) =>
        (await RecordingSink.RunAsync(new GetHealthOperation(Session, options with { Duration = Short }), Cancel)).Of<HealthCheck>();

    private static HealthCheck Single(IReadOnlyList<HealthCheck> all, string target) => Assert.Single(all, check => check.Target == target);
}
