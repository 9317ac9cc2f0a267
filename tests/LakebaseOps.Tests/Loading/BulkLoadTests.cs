using LakebaseOps.Loading;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Loading;

public sealed class BulkLoadTests(PostgresServer server) : LoadTest(server)
{
    [EachServer("The ordinary load, from its ledger to its swap.")]
    [Fact]
    public async Task A_csv_file_replaces_the_rows_of_its_table()
    {
        await ExecuteAsync("CREATE TABLE orders (id bigint PRIMARY KEY, name text, paid boolean); INSERT INTO orders VALUES (9, 'old', true)");
        string file = Write("orders.csv", "name,id\n\"a, \"\"b\"\"\nc\",1\n,2\n\"\",3\n");

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Path = [file] });

        Assert.Equal("public.orders", result.Table);
        Assert.Equal("Loaded", result.Status);
        Assert.Equal(3, result.Rows);
        Assert.Equal("Binary", result.Encoding);
        Assert.Equal(["Stage", "Load", "Index", "Freeze", "Swap"], result.Phases.Select(phase => phase.Phase));
        Assert.Equal(["(1,\"a, \"\"b\"\"\nc\",)", "(2,,)", "(3,\"\",)"], await RowsAsync("orders"));
        Assert.Equal(0, await StrayRelationsAsync());
    }

    [Fact]
    public async Task The_same_load_again_changes_nothing()
    {
        await ExecuteAsync("CREATE TABLE orders (id bigint PRIMARY KEY)");
        string file = Write("orders.csv", "id\n1\n2\n");
        BulkLoadResult first = await LoadAsync(new BulkLoadOptions { Path = [file] });

        BulkLoadResult again = await LoadAsync(new BulkLoadOptions { Path = [file] });

        Assert.Equal("AlreadyLoaded", again.Status);
        Assert.Equal((first.Rows, first.ContentHash), (again.Rows, again.ContentHash));
        await ExecuteAsync("DELETE FROM orders WHERE id = 1");
        Assert.Equal("Loaded", (await LoadAsync(new BulkLoadOptions { Path = [file] })).Status);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM orders"));
    }

    [Fact]
    public async Task The_whole_fraud_workload_loads_in_one_call()
    {
        IReadOnlyList<BulkLoadResult> results = await LoadAllAsync(new BulkLoadOptions { Workload = FeatureWorkload.Fraud, Scale = 1e-9, SkipVacuum = true });

        Assert.Equal(30, results.Count);
        Assert.All(results, result => Assert.Equal(("Loaded", 1_000L), (result.Status, result.Rows)));
        Assert.Equal(30, await ScalarAsync<long>(
            "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE indisprimary AND indisvalid AND relname LIKE 'client\\_id\\_%'"));
    }

    [Fact]
    public async Task Tables_of_one_call_count_together_by_what_they_weigh()
    {
        await ExecuteAsync("CREATE TABLE small (id bigint, name text); CREATE TABLE large (id bigint, name text)");
        BulkLoadOptions options = new() { Path = [Rows("small", 1_000), Rows("large", 3_000)], ThrottleLimit = 1, ChunkBytes = 4_000 };

        IReadOnlyList<OperationProgress> first = await OverallAsync();
        IReadOnlyList<OperationProgress> again = await OverallAsync();

        Assert.Equal(first.Select(one => one.Percent).Order(), first.Select(one => one.Percent));
        Assert.Equal((0, null), (first[0].Percent, first[0].Remaining));
        OperationProgress next = first.First(one => one.Status.StartsWith("1 of 2 done, now public.small", StringComparison.Ordinal));
        Assert.InRange(next.Percent!.Value, 70, 80);
        Assert.NotNull(next.Remaining);
        Assert.Matches("; 3,000 rows, 0 MB, [0-9,]+ rows/s, 0 MB/s$", next.Status);
        // Of what was there before, nothing says how fast this call is.
        OperationProgress same = again.First(one => one.Status.StartsWith("1 of 2", StringComparison.Ordinal));
        Assert.InRange(same.Percent!.Value, 60, 80);
        Assert.Null(same.Remaining);
        Assert.All(again, one => Assert.DoesNotContain("rows/s", one.Status, StringComparison.Ordinal));

        string Rows(string table, int count) => Write($"{table}.csv", "id,name\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i + 1_000_000},name {i % 10}\n")));

        async Task<IReadOnlyList<OperationProgress>> OverallAsync()
        {
            RecordingSink sink = await RecordingSink.RunAsync(new BulkLoadOperation(Session, options), Cancel);
            OperationProgress[] overall = [.. sink.Progress.Where(one => one.Activity == "Loading 2 tables")];
            Assert.True(overall[^1].IsCompleted);
            return overall[..^1];
        }
    }
}
