using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>What a restored database knows of its rows, so that its first queries are planned well.</summary>
public sealed class RestoredStatisticsTests(PostgresServer server) : RestoreTest(server)
{
    private const string Facts =
        """
        SELECT concat_ws(' ',
            (SELECT count(*) FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'plain'),
            (SELECT count(*) FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'plain_expression'),
            (SELECT count(*) FROM pg_statistic_ext e JOIN pg_statistic_ext_data d ON d.stxoid = e.oid WHERE e.stxname = 'together'),
            (SELECT string_agg(tablename || n, ',' ORDER BY tablename) FROM
                (SELECT tablename, count(*) AS n FROM pg_stats WHERE schemaname = 'shop' AND inherited GROUP BY tablename) s),
            (SELECT count(*) FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'leaf' AND NOT inherited))
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_of_columns_expressions_columns_together_and_all_children(bool isWhole)
    {
        await ExecuteAsync(
            """
            CREATE SCHEMA shop; CREATE TABLE shop.plain (a integer, b integer); INSERT INTO shop.plain SELECT g % 7, g % 7 FROM generate_series(1, 5000) g;
            CREATE INDEX plain_expression ON shop.plain ((a * b)); CREATE STATISTICS shop.together ON a, b FROM shop.plain;
            CREATE TABLE shop.parted (a integer) PARTITION BY LIST (a); CREATE TABLE shop.leaf PARTITION OF shop.parted FOR VALUES IN (1);
            INSERT INTO shop.parted SELECT 1 FROM generate_series(1, 100);
            CREATE TABLE shop.parent (a integer); CREATE TABLE shop.child (b integer) INHERITS (shop.parent); INSERT INTO shop.child SELECT g, g FROM generate_series(1, 100) g;
            CREATE SCHEMA other; CREATE TABLE other.t AS SELECT 1 AS a
            """);
        await CopyAsync(limits: isWhole ? null : new RestoreLimits { WholeBytes = 8192, ChunkBytes = 8192 });
        Assert.Equal("2 1 1 parent1,parted1 1", await TargetAsync<string>(Facts));
        await AssertMarkedAsync("plain", "leaf", "child");
    }

    /// <summary>Every page with rows is marked; others are not, such as servers add in the middle of a table that several streams fill.</summary>
    private async Task AssertMarkedAsync(params string[] tables)
    {
        foreach (string table in tables)
        {
            string pages = $"(SELECT count(DISTINCT (ctid::text::point)[0]) FROM shop.{table})";
            Assert.True(await TargetAsync<bool>($"SELECT relallvisible >= greatest(1, {pages}) FROM pg_class WHERE oid = 'shop.{table}'::regclass"), table);
        }
    }
}
