using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>Copies between two databases of one server, staged and swapped in.</summary>
public sealed class CopyDatabaseTests(PostgresServer server) : RestoreTest(server)
{
    [Fact]
    public async Task A_copy_equals_its_source_and_a_second_one_replaces_it()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        RestoreResult first = await CopyShopAsync();
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

        // From 16 on COPY extends a table by more pages than its rows come to fill; these stay empty.
        Assert.True(await TargetAsync<bool>(
            "SELECT relallvisible >= (SELECT count(DISTINCT (ctid::text::point)[0]) FROM shop.orders) AND reltuples = 5000 FROM pg_class WHERE oid = 'shop.orders'::regclass"));
        await ExecuteAsync("DELETE FROM shop.orders WHERE id < 100");
        RestoreResult second = await CopyShopAsync(new() { KeepPrevious = true });
        Assert.Equal(5_410, second.Rows);
        string kept = second.Previous.Single(name => name.StartsWith("shop", StringComparison.Ordinal));
        Assert.Equal(5_000, await TargetAsync<long>($"SELECT count(*) FROM {TableName.Quote(kept)}.orders"));
        Assert.Equal(4_907, await TargetAsync<long>("SELECT count(*) FROM shop.orders"));
        await CopyShopAsync(new() { SchemaMap = new Dictionary<string, string> { ["shop"] = "other" } });
        Assert.Equal(4_907, await TargetAsync<long>("SELECT count(*) FROM other.orders"));
        Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_\\_stg\\_%' OR nspname LIKE '%\\_\\_keep\\_%'"));
    }

    [Fact]
    public async Task Large_tables_come_in_pieces_and_are_read_back_while_their_indexes_are_built()
    {
        await ExecuteAsync(
            """
            CREATE TABLE large (k text PRIMARY KEY, n int NOT NULL, v float8, UNIQUE (n, k) INCLUDE (v) DEFERRABLE);
            INSERT INTO large SELECT md5(g::text), g, g / 3.0 FROM generate_series(1, 3000) g;
            CREATE INDEX large_v ON large (v)
            """);
        // What makes a table large is its size alone, so small ones can be taken for large.
        RestoreLimits limits = new() { WholeBytes = 0, SmallBytes = 0, PartPages = 3, ChunkBytes = 50_000 };
        (RestoreResult result, RecordingSink sink) = await CopyAsync(limits: limits);
        Assert.Equal(3_000, result.Rows);
        foreach (string question in new[]
        {
            "SELECT md5(string_agg(l::text, '|' ORDER BY k)) FROM large l", "SELECT string_agg(indexdef, '|' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'large'",
            "SELECT string_agg(conname || pg_get_constraintdef(oid) || condeferrable, '|' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'large'::regclass",
        })
        {
            Assert.Equal(await ScalarAsync<string>(question), await TargetAsync<string>(question));
        }

        // All phases are told, of the table as part of the whole, and both come to their end.
        string whole = $"Restoring to {Target.Database}";
        OperationProgress[] table = [.. sink.Progress.Where(one => one.Activity == "Restoring public.large")];
        Assert.All(table, one => Assert.Equal(whole, one.Parent));
        foreach (string phase in new[] { "vacuum: ", "proof: ", "index large_v: ", "key large_pkey: ", "statistics: " })
            Assert.Contains(table, one => one.Status.StartsWith(phase, StringComparison.Ordinal) && one.Percent is >= 0 and <= 100);
        Assert.Equal((true, 100.0), (table[^1].IsCompleted, table[^1].Percent));
        Assert.StartsWith("3,000 rows, ", table[^1].Status, StringComparison.Ordinal);
        OperationProgress[] all = [.. sink.Progress.Where(one => one.Activity == whole)];
        foreach (string phase in new[] { "definitions: ", "index large_v of public.large: ", "foreign keys and everything else: ", "swap: " })
            Assert.Contains(all, one => one.Status.StartsWith(phase, StringComparison.Ordinal));
        double?[] shares = [.. all.Where(one => one.Percent is not null).Select(one => one.Percent)];
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(100, shares[^1]);
        Assert.Contains(all, one => one.Percent is > 10 and < 100 && one.Remaining is not null);
        Assert.True(all[^1].IsCompleted);

        // Pieces, parts and keys apart: all of it in the books.
        Assert.True(await TargetAsync<long>("SELECT count(*) FROM lakebase_ops.restore_step WHERE step LIKE 'rows public.large %'") > 2);
        Assert.Equal(2, await TargetAsync<long>("SELECT count(*) FROM lakebase_ops.restore_step WHERE step LIKE 'index %'"));
        Assert.True(await TargetAsync<bool>(
            "SELECT relallvisible >= (SELECT count(DISTINCT (ctid::text::point)[0]) FROM large) AND reltuples = 3000 FROM pg_class WHERE oid = 'large'::regclass"));
    }

    [Fact]
    public async Task What_is_replaced_stays_readable_and_whole_until_the_swap_and_a_failure_leaves_it()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        await CopyShopAsync();
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
        await CopyShopAsync();
        Assert.Equal(4_000, await TargetAsync<long>("SELECT count(*) FROM shop.orders"));
        await stop.CancelAsync();
        Assert.True(await reader > 10);

        // Something outside needs what would be replaced: refused before a byte moves.
        await TargetAsync("CREATE VIEW public.watch AS SELECT id FROM shop.orders");
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => CopyShopAsync(new() { Schema = ["shop"] }));
        Assert.Equal(ErrorIds.RestoreNotPossible, refused.Error.Id);
        Assert.Contains("watch", refused.Message, StringComparison.Ordinal);
    }

    private async Task<RestoreResult> CopyShopAsync(CopyDatabaseOptions? options = null) => (await CopyAsync(options, new ShopDefinition())).Result;
}
