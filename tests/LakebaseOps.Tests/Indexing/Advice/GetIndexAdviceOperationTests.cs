using LakebaseOps.Indexing.Advice;

namespace LakebaseOps.Tests.Indexing.Advice;

/// <summary>Advice is given where there is something to gain, its statement works, and what it promises comes true.</summary>
public sealed class GetIndexAdviceOperationTests(PostgresServer server) : DatabaseTest(server)
{
    [EachServer("Sizes follow the server's own indexes.")]
    [Theory]
    [InlineData("encode(sha256(g::text::bytea), 'hex')", IndexAdviceKind.KeyEncoding, "bytea")]
    [InlineData("md5(g::text)", IndexAdviceKind.KeyEncoding, "uuid")]
    [InlineData("md5(g::text)::uuid::text", IndexAdviceKind.KeyEncoding, "uuid")]
    [InlineData("(g * 7919)::text", IndexAdviceKind.KeyEncoding, "bigint")]
    [InlineData("'key ' || md5(g::text)", IndexAdviceKind.Collation, "text")]
    public async Task A_better_key_is_found_and_is_as_small_as_promised(string key, IndexAdviceKind kind, string type)
    {
        await ExecuteAsync("CREATE TABLE t (k text COLLATE \"en-x-icu\" PRIMARY KEY, v bigint)");
        await ExecuteAsync($"INSERT INTO t SELECT {key}, g FROM generate_series(1, 30000) g");
        await ExecuteAsync("ANALYZE t");

        IndexAdvice advice = Assert.Single(await AdviseAsync(new() { SampleRows = 10_000, MaxIncludeBytes = 0 }), one => one.Kind == kind);

        Assert.Equal(("public.t", "t_pkey", Session.Name), (advice.Table, advice.Index, advice.Session));
        await ExecuteAsync(advice.Statement);
        Assert.Equal(type, await ScalarAsync<string>("SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'k'"));
        long size = await ScalarAsync<long>("SELECT pg_relation_size('t_pkey')");
        Assert.InRange(advice.ExpectedSizeBytes!.Value, size * 0.9, size * 1.1);
        Assert.True(kind == IndexAdviceKind.Collation || advice.ExpectedSizeBytes < advice.SizeBytes);
        Assert.NotNull(advice.BuildDuration);
        Assert.NotNull(advice.ExpectedBuildDuration);
        // Followed, it is not given again.
        Assert.DoesNotContain(await AdviseAsync(new() { SampleRows = 10_000, MaxIncludeBytes = 0 }), one => one.Kind == kind && one.Kind != IndexAdviceKind.KeyEncoding);
    }

    [Theory]
    [InlineData("t_a ON t (a)", "t_a_b ON t (a, b)", "t_a")]
    [InlineData("t_a ON t (a)", "t_a2 ON t (a)", "t_a2")]
    [InlineData("t_a ON t (a) INCLUDE (b)", "t_a_b ON t (a, b)", "t_a")]
    [InlineData("t_h1 ON t USING hash (a)", "t_h2 ON t USING hash (a)", "t_h2")]
    [InlineData("t_a ON t (a) WHERE b > 1", "t_a2 ON t (a) WHERE b > 1", "t_a2")]
    [InlineData("t_id ON t (id)", "t_b ON t (b)", "t_id")]
    [InlineData("t_b_a ON t (b, a)", "t_a ON t (a)", null)]
    [InlineData("t_a ON t (a DESC)", "t_a_b ON t (a, b)", null)]
    [InlineData("t_a ON t (a) WHERE b > 1", "t_a2 ON t (a)", null)]
    [InlineData("t_a ON t (a) INCLUDE (b)", "t_a2 ON t (a)", "t_a2")]
    [InlineData("t_a ON t (a text_pattern_ops)", "t_a2 ON t (a)", null)]
    [InlineData("t_a ON t (lower(a))", "t_a2 ON t (lower(a))", null)]
    public async Task An_index_that_another_makes_superfluous_is_named(string one, string other, string? superfluous)
    {
        await ExecuteAsync($"CREATE TABLE t (id int PRIMARY KEY, a text, b int); CREATE INDEX {one}; CREATE INDEX {other}");

        IReadOnlyList<IndexAdvice> found = await AdviseAsync(new() { SampleRows = 0 });

        Assert.Equal(superfluous is null ? [] : [superfluous], found.Select(advice => advice.Index));
        Assert.All(found, advice => Assert.Equal((IndexAdviceKind.Duplicate, 0L), (advice.Kind, advice.ExpectedSizeBytes)));
        foreach (IndexAdvice advice in found)
            await ExecuteAsync(advice.Statement);
        Assert.Equal([], await AdviseAsync(new() { SampleRows = 0 }));
    }

    [Fact]
    public async Task A_unique_index_is_superfluous_only_beside_one_that_guards_the_same()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, a int); CREATE UNIQUE INDEX t_u ON t (id); CREATE UNIQUE INDEX t_a ON t (a); CREATE INDEX t_a_id ON t (a, id)");
        Assert.Equal(["t_u"], (await AdviseAsync(new() { SampleRows = 0 })).Select(advice => advice.Index));
    }

    [EachServer("Scans are counted in a view of the server.")]
    [Fact]
    public async Task An_index_without_a_scan_is_unused_once_scans_were_counted_for_long_enough()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int); CREATE INDEX t_a ON t (a); CREATE INDEX t_b ON t (b); CREATE UNIQUE INDEX t_c ON t (c)");
        await ExecuteAsync("SET enable_seqscan = off; SELECT count(*) FROM t WHERE a = 1; SELECT pg_stat_force_next_flush()");
        IndexAdvice unused = Assert.Single(await AdviseAsync(new() { SampleRows = 0, MinStatisticsAge = TimeSpan.Zero }), one => one.Kind == IndexAdviceKind.Unused);
        Assert.Equal("t_b", unused.Index);
        Assert.Equal([], await AdviseAsync(new() { SampleRows = 0, MinStatisticsAge = TimeSpan.FromDays(10_000) }));
    }

    [Fact]
    public async Task Carrying_hashing_and_rebuilding_are_advised_where_they_make_something_smaller()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, v float8, w text COLLATE \"C\"); CREATE INDEX t_w ON t (w)");
        await ExecuteAsync("INSERT INTO t SELECT g, g, 'a long word that is no number ' || md5(g::text) FROM generate_series(1, 30000) g");
        await ExecuteAsync("ANALYZE t");
        IReadOnlyList<IndexAdvice> found = await AdviseAsync(new() { SampleRows = 30_000 });
        Assert.Equal(
            [("t_pkey", IndexAdviceKind.Include), ("t_w", IndexAdviceKind.Hash)],
            found.Select(advice => (advice.Index, advice.Kind)).OrderBy(one => one.ToString(), StringComparer.Ordinal));
        foreach (IndexAdvice advice in found)
            await ExecuteAsync(advice.Statement);
        long include = await ScalarAsync<long>("SELECT pg_relation_size('t_id_v_w_idx')");
        Assert.InRange(found.Single(advice => advice.Kind == IndexAdviceKind.Include).ExpectedSizeBytes!.Value, include * 0.9, include * 1.1);

        // Rows that are updated pay for it.
        await ExecuteAsync("DROP INDEX t_id_v_w_idx");
        await ExecuteAsync("UPDATE t SET v = v + 1 WHERE id < 1000; SELECT pg_stat_force_next_flush()");
        Assert.DoesNotContain(await AdviseAsync(new() { SampleRows = 30_000 }), advice => advice.Kind == IndexAdviceKind.Include);

        // What is deleted leaves its room in an index.
        await ExecuteAsync("DELETE FROM t WHERE id % 3 > 0");
        await ExecuteAsync("VACUUM (ANALYZE) t");
        IndexAdvice rebuild = Assert.Single(await AdviseAsync(new() { SampleRows = 30_000 }), advice => advice is { Index: "t_w", Kind: IndexAdviceKind.Rebuild });
        await ExecuteAsync(rebuild.Statement);
        Assert.Equal(rebuild.ExpectedSizeBytes, await ScalarAsync<long>("SELECT pg_relation_size('t_w')"));
    }

    [Fact]
    public async Task A_table_that_is_well_gets_none_and_nothing_is_left_behind()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT g, repeat('x', 200) FROM generate_series(1, 5000) g");
        await ExecuteAsync("ANALYZE t");
        long before = await ScalarAsync<long>("SELECT count(*) FROM pg_class");
        Assert.Equal([], await AdviseAsync(new() { SampleRows = 2_000 }));
        Assert.Equal(before, await ScalarAsync<long>("SELECT count(*) FROM pg_class"));
        Assert.Equal([], await AdviseAsync(new() { SampleRows = 2_000 }));

        RecordingSink missing = await RecordingSink.RunAsync(new GetIndexAdviceOperation(Session, new IndexAdviceOptions { Table = ["nowhere"] }), Cancel);
        Assert.Equal(ErrorIds.ObjectNotFound, Assert.Single(missing.Errors).Id);
    }

    private async Task<IReadOnlyList<IndexAdvice>> AdviseAsync(IndexAdviceOptions options) =>
        (await RecordingSink.RunAsync(new GetIndexAdviceOperation(Session, options with { Table = ["t"] }), Cancel)).Of<IndexAdvice>();
}
