using LakebaseOps.Connections;
using LakebaseOps.Dumps.Copying;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>Copies between two databases of one server, staged and swapped in.</summary>
public sealed class CopyDatabaseTests(PostgresServer server) : DatabaseTest(server)
{
    private PostgresSession _target = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _target = await Server.CreateDatabaseAsync(GetType().Name + "Target");
    }

    public override async ValueTask DisposeAsync()
    {
        string database = _target.Database;
        await _target.DisposeAsync();
        await Server.RemoveDatabaseAsync(database);
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_copy_equals_its_source_and_a_second_one_replaces_it()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        RestoreResult first = await CopyAsync(new CopyDatabaseOptions());
        Assert.Equal("Restored", first.Status);
        Assert.Equal(5_503, first.Rows);
        Assert.False(first.IsResumed);
        foreach (string question in new[]
        {
            "SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM shop.orders o", "SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM shop.customers c",
            "SELECT count(*)::text FROM shop.paid", "SELECT sum(total)::text FROM shop.sums", "SELECT last_value::text FROM shop.numbers",
            "SELECT string_agg(indexdef, '|' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'shop'",
            "SELECT string_agg(conname || pg_get_constraintdef(oid) || convalidated, '|' ORDER BY conname) FROM pg_constraint WHERE connamespace = 'shop'::regnamespace",
        })
        {
            Assert.Equal(await ScalarAsync<string>(question), await TargetAsync<string>(question));
        }

        Assert.True(await TargetAsync<bool>("SELECT relallvisible = relpages AND reltuples = 5000 FROM pg_class WHERE oid = 'shop.orders'::regclass"));
        await ExecuteAsync("DELETE FROM shop.orders WHERE id < 100");
        RestoreResult second = await CopyAsync(new CopyDatabaseOptions { KeepPrevious = true });
        Assert.Equal(5_410, second.Rows);
        string kept = second.Previous.Single(name => name.StartsWith("shop", StringComparison.Ordinal));
        Assert.Equal(5_000, await TargetAsync<long>($"SELECT count(*) FROM {TableName.Quote(kept)}.orders"));
        Assert.Equal(4_907, await TargetAsync<long>("SELECT count(*) FROM shop.orders"));
        await CopyAsync(new CopyDatabaseOptions { SchemaMap = new Dictionary<string, string> { ["shop"] = "other" } });
        Assert.Equal(4_907, await TargetAsync<long>("SELECT count(*) FROM other.orders"));
        Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_\\_stg\\_%' OR nspname LIKE '%\\_\\_keep\\_%'"));
    }

    [Fact]
    public async Task What_is_replaced_stays_readable_and_whole_until_the_swap_and_a_failure_leaves_it()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        await CopyAsync(new CopyDatabaseOptions());
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<long> reader = Task.Run(
            async () =>
            {
                long reads = 0;
                while (!stop.IsCancellationRequested)
                {
                    Assert.Contains(await TargetAsync<long>("SELECT count(*) FROM shop.orders"), new[] { 5_000L, 4_000L });
                    reads++;
                }

                return reads;
            },
            Cancel);
        await ExecuteAsync("DELETE FROM shop.orders WHERE id > 4006");
        await CopyAsync(new CopyDatabaseOptions());
        Assert.Equal(4_000, await TargetAsync<long>("SELECT count(*) FROM shop.orders"));
        await stop.CancelAsync();
        Assert.True(await reader > 10);

        // Something outside needs what would be replaced: refused before a byte moves.
        await using (NpgsqlCommand outside = _target.DataSource.CreateCommand("CREATE VIEW public.watch AS SELECT id FROM shop.orders"))
            await outside.ExecuteNonQueryAsync(Cancel);
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(
            () => CopyAsync(new CopyDatabaseOptions { Schema = ["shop"] }));
        Assert.Equal(ErrorIds.RestoreNotPossible, refused.Error.Id);
        Assert.Contains("watch", refused.Message, StringComparison.Ordinal);
    }

    private async Task<RestoreResult> CopyAsync(CopyDatabaseOptions options)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new CopyDatabaseOperation(Session, options) { Source = _target, Reader = new ShopDefinition() }, Cancel);
        return Assert.Single(sink.Of<RestoreResult>());
    }

    private async Task<T> TargetAsync<T>(string sql)
    {
        await using NpgsqlCommand command = _target.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
