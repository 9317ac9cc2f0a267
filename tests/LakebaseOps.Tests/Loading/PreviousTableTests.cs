using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Loading;

public sealed class PreviousTableTests(PostgresServer server) : LoadTest(server)
{
    [Fact]
    public async Task Kept_tables_are_dropped_as_asked_and_nothing_else_is()
    {
        await ExecuteAsync("CREATE TABLE t (id int); CREATE TABLE other (id int)");
        string[] kept = [await KeepAsync("t", 1), await KeepAsync("t", 2), await KeepAsync("t", 3), await KeepAsync("other", 1)];

        OperationPlan plan = await new RemovePreviousTableOperation(Session, new RemovePreviousTableOptions { Table = ["*"], KeepLast = 1 }).DescribeAsync(Cancel);
        Assert.Equal([kept[1], kept[0]], plan.Target.Split(", "));
        Assert.Equal(4, await KeptAsync());

        RemovePreviousTableResult newest = Assert.Single(await RemoveAsync(new RemovePreviousTableOptions { Table = ["t"], PreviousTable = kept[2] }));
        Assert.Equal(("public.t", "Removed", kept[2], Session.Name), (newest.Table, newest.Status, newest.RemovedTable, newest.Session));
        Assert.True(newest.FreedBytes > 0);
        Assert.Equal([kept[0]], (await RemoveAsync(new RemovePreviousTableOptions { Table = ["public.*"], KeepLast = 1 })).Select(one => one.RemovedTable));
        Assert.Equal([kept[3], kept[1]], (await RemoveAsync(new RemovePreviousTableOptions { Table = ["*"] })).Select(one => one.RemovedTable));

        Assert.Equal(0, await KeptAsync());
        Assert.Equal(0, await StrayRelationsAsync());
        Assert.Equal(["(3)"], await RowsAsync("t"));
        Assert.Equal(["(1)"], await RowsAsync("other"));
        Assert.Equal(ErrorIds.PreviousNotFound, (await RefusedAsync(new RemovePreviousTableOptions { Table = ["t"] })).Id);
        Assert.Equal(ErrorIds.PreviousNotFound, (await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(new UndoBulkLoadOperation(Session, new UndoBulkLoadOptions { Table = "t" }), Cancel))).Error.Id);
    }

    [Fact]
    public async Task What_somebody_uses_stays()
    {
        await ExecuteAsync("CREATE TABLE t (id int); INSERT INTO t VALUES (0)");
        string used = await KeepAsync("t", 1);
        string renamed = await KeepAsync("t", 2);
        await ExecuteAsync($"ALTER TABLE {renamed} RENAME TO mine; CREATE VIEW v AS SELECT * FROM {used}");

        LakebaseError refused = await RefusedAsync(new RemovePreviousTableOptions { Table = ["t"] });

        Assert.Equal("2BP01", refused.SqlState);
        Assert.Equal(0, await ScalarAsync<int>("SELECT id FROM v"));
        Assert.Equal(["(1)"], await RowsAsync("mine"));
        await ExecuteAsync("DROP VIEW v");
        Assert.Equal([used], (await RemoveAsync(new RemovePreviousTableOptions { Table = ["t"] })).Select(one => one.RemovedTable));
        Assert.Equal(["(1)"], await RowsAsync("mine"));
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(1, "public.t__old_0000000000")]
    public async Task One_table_is_named_or_some_are_left(int keepLast, string? previous)
    {
        RemovePreviousTableOptions options = new() { Table = ["t"], PreviousTable = previous, KeepLast = keepLast };
        Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(options)).Id);
    }

    /// <summary>Replaces a table by one row; where the former one is kept.</summary>
    private async Task<string> KeepAsync(string table, int row) => (await LoadAsync(new BulkLoadOptions
    {
        Table = table, Path = [Write($"{table}.csv", $"id\n{row}\n")], KeepPrevious = true, SkipVacuum = true,
    })).PreviousTable!;

    private Task<long> KeptAsync() => ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.kept_table");

    private async Task<IReadOnlyList<RemovePreviousTableResult>> RemoveAsync(RemovePreviousTableOptions options) =>
        (await RecordingSink.RunAsync(new RemovePreviousTableOperation(Session, options), Cancel)).Of<RemovePreviousTableResult>();

    private async Task<LakebaseError> RefusedAsync(RemovePreviousTableOptions options)
    {
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => RecordingSink.RunAsync(new RemovePreviousTableOperation(Session, options), Cancel));
        return ErrorTranslator.Translate(failure);
    }
}
