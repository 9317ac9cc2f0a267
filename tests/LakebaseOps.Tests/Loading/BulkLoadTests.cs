using LakebaseOps.Loading;

namespace LakebaseOps.Tests.Loading;

public sealed class BulkLoadTests(PostgresServer server) : LoadTest(server)
{
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
}
