using LakebaseOps.Caching;
using LakebaseOps.Connections;
using LakebaseOps.Tests.Latency;

namespace LakebaseOps.Tests.Caching;

/// <summary>On a server of its own: to empty its cache does nothing to other tests.</summary>
public sealed class ClearCacheOperationTests : OwnServerTest
{
    [EachServer("Blocks are evicted by a function from 17 on, and by other means before.")]
    [Fact]
    public async Task What_was_in_the_cache_is_out_of_it_and_nothing_else_has_changed()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT g, repeat('x', 400) FROM generate_series(1, 8000) g; VACUUM ANALYZE t");
        await ExecuteAsync("SELECT count(v) FROM t");

        IReadOnlyList<CacheState> states = await ClearAsync(Session, new ClearCacheOptions { Table = ["t"] });

        Assert.Equal([("public.t", "Heap"), ("public.t", "Index")], states.Select(state => (state.Table, state.Kind)).Order());
        Assert.All(states, state => Assert.Equal((0L, "pg_buffercache", Session.Name), (state.CachedBytes!.Value, state.Evidence, state.Session)));
        Assert.True(states.Single(state => state.Kind == "Heap").CachedBytesBefore > 1_000_000);
        if (OperatingSystem.IsLinux())
            Assert.All(states, state => Assert.EndsWith("files dropped for 2 files", state.ClearedBy, StringComparison.Ordinal));
        Assert.Equal(8_000, await ScalarAsync<long>("SELECT count(v) FROM t"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'lakebase_filler%'"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM pg_extension WHERE extname IN ('pg_buffercache', 'pg_prewarm')"));
    }

    [Fact]
    public async Task A_server_that_is_no_sandbox_is_refused_unless_forced()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)");
        // The record of another server: this one is not known to be a sandbox any more.
        string record = Path.Combine(Sandbox.Path, "sandbox.json");
        string text = await File.ReadAllTextAsync(record, Cancel);
        await File.WriteAllTextAsync(record, text.Replace($"\"Port\": {Sandbox.Port}", "\"Port\": 1", StringComparison.Ordinal), Cancel);

        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => ClearAsync(Session, new ClearCacheOptions { Table = ["t"] }));
        Assert.Equal(ErrorIds.SandboxRequired, refused.Error.Id);
        Assert.Contains("-Force", refused.Error.Remedy, StringComparison.Ordinal);

        // Forced, it installs nothing on what is not its own.
        LakebaseException missing = await Assert.ThrowsAsync<LakebaseException>(() => ClearAsync(Session, new ClearCacheOptions { Table = ["t"], Force = true }));
        Assert.Equal(ErrorIds.ObjectNotFound, missing.Error.Id);
        await ExecuteAsync("CREATE EXTENSION pg_buffercache; CREATE EXTENSION pg_prewarm; SELECT count(*) FROM t");
        Assert.All(await ClearAsync(Session, new ClearCacheOptions { Table = ["t"], Force = true }), state =>
        {
            Assert.Equal(0L, state.CachedBytes);
            Assert.EndsWith("files left in the cache of their machine", state.ClearedBy, StringComparison.Ordinal);
        });
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM pg_extension WHERE extname IN ('pg_buffercache', 'pg_prewarm')"));
        await File.WriteAllTextAsync(record, text, Cancel);
    }

    private static async Task<IReadOnlyList<CacheState>> ClearAsync(PostgresSession session, ClearCacheOptions options) =>
        (await RecordingSink.RunAsync(new ClearCacheOperation(session, options), Cancel)).Of<CacheState>();
}
