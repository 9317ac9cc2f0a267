using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

public sealed class RefreshTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private const string Content = "SELECT string_agg(h, ' ') FROM (SELECT md5(string_agg(t::text, ';' ORDER BY hashkey)) h FROM card__rates t "
        + "UNION ALL SELECT md5(string_agg(t::text, ';' ORDER BY hashkey)) FROM card__times t UNION ALL SELECT md5(string_agg(t::text, ';' ORDER BY hashkey)) FROM card__good t) s";

    [Fact]
    public async Task The_loader_upserts_the_tables_while_they_are_read_and_leaves_them_as_they_were()
    {
        await ExecuteAsync("UPDATE card__times SET c = '2026-01-02 03:04:05.678901+00' WHERE b % 3 = 0; UPDATE card__rates SET a = 'NaN' WHERE b = 7; UPDATE card__good SET a = 0.1 + 0.2 WHERE b < 50");
        string before = await ScalarAsync<string>(Content);
        long newest = await ScalarAsync<long>("SELECT pg_current_xact_id()::text::bigint");
        MeasureFeatureLatencyOptions options = Options with { Requests = null, Duration = TimeSpan.FromMilliseconds(700), RefreshRate = [0, 2_000] };
        IReadOnlyList<LatencyResult> results = await MeasureAsync(options);
        Assert.Equal(["closed loop, 1 client", "closed loop, 1 client, 2,000 rows/s refreshed"], results.Select(result => result.Loop));
        Assert.Null(results[0].Refresh);
        RefreshResult refresh = results[1].Refresh!;
        Assert.Equal((2_000, 0), (refresh.RowsPerSecond, refresh.Errors));
        // More rows than any table has: the walk goes from table to table and begins again.
        Assert.True(refresh is { Rows: >= 1_000, Loads: >= 3, AchievedPerSecond: > 0 });
        Assert.All(results, result => Assert.Equal((0, 0, 1), (result.WrongResponses, result.Errors, result.HitShare)));
        Assert.Equal(before, await ScalarAsync<string>(Content));
        Assert.True(await ScalarAsync<long>($"SELECT count(*) FROM (SELECT xmin FROM card__rates UNION ALL SELECT xmin FROM card__times UNION ALL SELECT xmin FROM card__good) t WHERE xmin::text::bigint > {newest}") >= 1_000);
        Assert.Equal((1_400, 0), (await ScalarAsync<long>("SELECT (SELECT count(*) FROM card__rates) + (SELECT count(*) FROM card__times) + (SELECT count(*) FROM card__good)"), await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_run")));

        // With and without are cells that can be compared, and two runs of the same settings pair like with like.
        LatencyComparison across = Assert.Single(await CompareAsync(results[0], results[1]));
        Assert.NotEqual(LatencyVerdict.Missing, across.Verdict);
        Assert.Equal([results[0].Loop, results[1].Loop], (await CompareAsync([results[1], results[0]], [results[0], results[1]])).Select(one => one.Loop));
    }

    [Fact]
    public async Task Rows_with_generated_columns_and_every_kind_of_value_keep_them()
    {
        await ExecuteAsync(
            """
            CREATE TABLE odd (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, twice bigint GENERATED ALWAYS AS (n * 2) STORED, n int, d numeric, t timestamptz, j jsonb, x text[], u uuid, y bytea, v interval);
            INSERT INTO odd (n, d, t, j, x, u, y, v) SELECT g, g / 7.0, now() - g * interval '1.000001 day', jsonb_build_object('k', g), ARRAY['a,"', NULL, g::text], gen_random_uuid(), decode(md5(g::text), 'hex'), g * interval '1 mon 3 days 0.5 s' FROM generate_series(1, 50) g;
            INSERT INTO odd DEFAULT VALUES; ANALYZE odd
            """);
        const string All = "SELECT md5(string_agg(o::text, ';' ORDER BY id)) FROM odd o";
        string before = await ScalarAsync<string>(All);
        LatencyResult result = await MeasureOneAsync(Options with { Table = ["odd"], Entity = [], RefreshRate = [500] });
        Assert.Equal((0, 0), (result.Refresh!.Errors, result.WrongResponses));
        // Fifty-one rows at a time, and from the beginning again.
        Assert.True(result.Refresh is { Rows: >= 250, Loads: >= 5 });
        Assert.Equal(before, await ScalarAsync<string>(All));
    }

    [Fact]
    public async Task What_cannot_be_upserted_is_refused_and_loads_that_fail_later_are_counted()
    {
        await ExecuteAsync("CREATE TABLE loose (id bigint, v text); INSERT INTO loose SELECT g, g FROM generate_series(1, 1000) g; CREATE INDEX ON loose (id); ANALYZE loose");
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(
            () => MeasureAsync(Options with { Table = ["loose"], Entity = [], KeyColumn = "id", RefreshRate = [100] }));
        Assert.Equal(ErrorIds.InvalidArgument, refused.Error.Id);
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(Options with { RefreshRate = [-1] }))).Error.Id);

        await ExecuteAsync(
            """
            CREATE TABLE barred ();
            CREATE FUNCTION bar() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT FROM barred) THEN RAISE EXCEPTION 'barred' USING ERRCODE = 'P0007'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER bar BEFORE UPDATE ON card__rates FOR EACH ROW EXECUTE FUNCTION bar();
            """);
        bool done = false;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (!done && progress.Percent > 0)
                    ExecuteAsync("INSERT INTO barred DEFAULT VALUES").GetAwaiter().GetResult();
                done |= progress.Percent > 0;
            },
        };
        await new MeasureFeatureLatencyOperation(Session, Options with
        {
            Table = ["card__rates"], Requests = null, Duration = TimeSpan.FromMilliseconds(1_200), RefreshRate = [100],
        }).RunAsync(sink, Cancel);
        LatencyResult result = Assert.Single(sink.Of<LatencyResult>());
        Assert.True(result.Refresh!.ErrorsByCode.GetValueOrDefault("P0007") > 0, string.Join(", ", result.Refresh.ErrorsByCode.Keys));
        Assert.Contains("loads of the refresh failed (P0007: ", result.Trust, StringComparison.Ordinal);
        Assert.Equal(0, result.WrongResponses);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_run"));
    }

    [Fact]
    public async Task That_a_measurement_writes_is_said_before()
    {
        string Plan(MeasureFeatureLatencyOptions options) => new MeasureFeatureLatencyOperation(Session, options).DescribeAsync(Cancel).Result.ToString()!;
        await Task.CompletedTask;
        Assert.DoesNotContain("upsert", Plan(Options), StringComparison.Ordinal);
        Assert.Contains("upsert 5,000 rows/s of the tables read with the values they have", Plan(Options with { RefreshRate = [0, 5_000] }), StringComparison.Ordinal);
        Assert.Contains("empty the sandbox's cache", Plan(Options with { CacheState = [CacheTemperature.Cold] }), StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<LatencyComparison>> CompareAsync(LatencyResult baseline, LatencyResult result) => CompareAsync([baseline], [result]);

    private async Task<IReadOnlyList<LatencyComparison>> CompareAsync(LatencyResult[] baseline, LatencyResult[] results) =>
        (await RecordingSink.RunAsync(new CompareLatencyOperation(new CompareLatencyOptions
        {
            InputObject = new RunRecord { Id = "run", Latencies = results }, Baseline = new RunRecord { Id = "baseline", Latencies = baseline },
        }), Cancel)).Of<LatencyComparison>();
}
