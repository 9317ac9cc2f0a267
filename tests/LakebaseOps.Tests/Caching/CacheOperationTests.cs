using LakebaseOps.Caching;
using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Caching;

/// <summary>What is warmed is resident afterwards, by the server's own count of its buffers.</summary>
[EachServer("The extensions pg_buffercache and pg_prewarm are the server's own.")]
public sealed class CacheOperationTests(PostgresServer server) : DatabaseTest(server)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, v text);
            INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, 50000) g;
            CREATE INDEX t_v_idx ON t (v)
            """);
        await ExecuteAsync("VACUUM ANALYZE t");
    }

    [Theory]
    [InlineData(CacheMethod.Auto, "pg_prewarm")]
    [InlineData(CacheMethod.Read, "index-ordered read")]
    public async Task Cold_relations_are_warm_afterwards(CacheMethod method, string by)
    {
        await ExecuteAsync("CREATE EXTENSION pg_buffercache");
        await EvictAsync();
        RecordingSink sink = await RecordingSink.RunAsync(
            new InitializeCacheOperation(Session, new() { Table = ["t"], Method = method }), Cancel);
        IReadOnlyList<CacheState> states = sink.Of<CacheState>();
        Assert.Equal(["public.t_pkey", "public.t_v_idx", "public.t"], states.Select(state => state.Relation));
        Assert.All(states, state => Assert.Equal(("pg_buffercache", by), (state.Evidence, state.WarmedBy)));
        Assert.All(states, state => Assert.True(state.CachedBytesBefore < state.SizeBytes / 4, $"{state}"));
        Assert.All(states, state => Assert.True(state.CachedShare > 0.95, $"{state}"));
        Assert.True(sink.Progress[^1].IsCompleted);
        RecordingSink later = await RecordingSink.RunAsync(new GetCacheStateOperation(Session, new() { Table = ["t"] }), Cancel);
        Assert.Equal(states.Select(state => state.CachedBytes), later.Of<CacheState>().Select(state => state.CachedBytes));
    }

    [Fact]
    public async Task The_budget_goes_to_indexes_first_and_then_to_a_part_of_the_rows()
    {
        await ExecuteAsync("CREATE EXTENSION pg_buffercache");
        long indexes = await ScalarAsync<long>("SELECT pg_relation_size('t_pkey') + pg_relation_size('t_v_idx')");
        await EvictAsync();
        RecordingSink sink = await RecordingSink.RunAsync(
            new InitializeCacheOperation(Session, new() { Table = ["t"], BudgetBytes = indexes + (80 * 8192) }), Cancel);
        Assert.All(sink.Of<CacheState>().Where(state => state.Kind == "Index"), state => Assert.True(state.CachedShare > 0.95, $"{state}"));
        CacheState heap = Assert.Single(sink.Of<CacheState>(), state => state.Kind == "Heap");
        Assert.InRange(heap.CachedBytes!.Value, 80 * 8192, heap.SizeBytes / 2);
        Assert.Contains("fit", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_extensions_it_reads_and_says_what_it_could_not_prove()
    {
        string role = $"plain_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT SELECT ON t TO {role}");
        try
        {
            ConnectionOptions options = Server.Options with
            {
                Database = Session.Database,
                Username = role,
                Secret = SessionFactory.Conceal("x"),
                Name = "plain",
            };
            await using PostgresSession plain = await SessionFactory.ConnectAsync(options, Cancel);
            RecordingSink sink = await RecordingSink.RunAsync(new InitializeCacheOperation(plain, new() { Table = ["t"] }), Cancel);
            Assert.Equal(3, sink.Of<CacheState>().Count);
            Assert.All(sink.Of<CacheState>(), state =>
            {
                Assert.Null(state.CachedBytes);
                Assert.Equal("index-ordered read", state.WarmedBy);
                Assert.StartsWith("not proved: pg_buffercache cannot be installed", state.Evidence, StringComparison.Ordinal);
            });
            LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(
                new InitializeCacheOperation(plain, new() { Table = ["t"], Method = CacheMethod.Prewarm }), Cancel));
            Assert.Equal(ErrorIds.ObjectNotFound, refused.Error.Id);
            // Installed, yet refused to the role.
            await ExecuteAsync("CREATE EXTENSION pg_buffercache");
            RecordingSink state = await RecordingSink.RunAsync(new GetCacheStateOperation(plain, new() { Table = ["t"] }), Cancel);
            Assert.All(state.Of<CacheState>(), one => Assert.Contains("refused", one.Evidence, StringComparison.Ordinal));
        }
        finally
        {
            await ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task What_if_installs_and_warms_nothing()
    {
        OperationPlan plan = await new InitializeCacheOperation(Session, new() { Table = ["t"] }).DescribeAsync(Cancel);
        Assert.Contains("install the extension pg_prewarm where that is permitted", plan.Steps);
        Assert.Equal(5, plan.Steps.Count);
        Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM pg_extension"));
        await RecordingSink.RunAsync(new InitializeCacheOperation(Session, new() { Table = ["t"], NoExtension = true }), Cancel);
        Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM pg_extension"));
    }

    [Fact]
    public async Task Odd_names_several_tables_and_a_missing_one()
    {
        await ExecuteAsync("CREATE TABLE \"a \"\"b\"\"; c\" (\"k \"\"1\" text COLLATE \"C\", n int, PRIMARY KEY (\"k \"\"1\", n)); INSERT INTO \"a \"\"b\"\"; c\" VALUES ('x', 1)");
        InitializeCacheOptions options = new() { Table = ["\"a \"\"b\"\"; c\"", "t", "missing"], Method = CacheMethod.Read };
        RecordingSink sink = await RecordingSink.RunAsync(new InitializeCacheOperation(Session, options), Cancel);
        Assert.Equal(ErrorIds.ObjectNotFound, Assert.Single(sink.Errors).Id);
        Assert.Equal(["Index", "Index", "Index", "Heap", "Heap"], sink.Of<CacheState>().Select(state => state.Kind));
        Assert.All(sink.Of<CacheState>(), state => Assert.Equal("index-ordered read", state.WarmedBy));
    }

    // A move to another tablespace copies the file past the buffers and drops those of the old one.
    private async Task EvictAsync()
    {
        string space = $"evict_{Guid.NewGuid():N}";
        await using Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        foreach (string statement in (string[])
            [
                "SET allow_in_place_tablespaces = on", $"CREATE TABLESPACE {space} LOCATION ''",
                $"ALTER TABLE t SET TABLESPACE {space}", $"ALTER INDEX t_pkey SET TABLESPACE {space}",
                $"ALTER INDEX t_v_idx SET TABLESPACE {space}", "ALTER TABLE t SET TABLESPACE pg_default",
                "ALTER INDEX t_pkey SET TABLESPACE pg_default", "ALTER INDEX t_v_idx SET TABLESPACE pg_default",
                $"DROP TABLESPACE {space}",
            ])
        {
            await using Npgsql.NpgsqlCommand command = new(statement, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }
}
