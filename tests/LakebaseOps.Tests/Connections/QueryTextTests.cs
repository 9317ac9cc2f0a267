using LakebaseOps.Connections;

namespace LakebaseOps.Tests.Connections;

public sealed class QueryTextTests
{
    [Theory]
    [InlineData("select 1")]
    [InlineData("  SELECT * FROM t WHERE a = 1;")]
    [InlineData("-- why\n/* and how */ (SELECT 1) UNION (SELECT 2)")]
    [InlineData("SHOW work_mem; VALUES (1); TABLE t")]
    public void A_plain_read_is_recognized(string query) => Assert.True(QueryText.IsPlainRead(query));

    [Theory]
    [InlineData("")]
    [InlineData("DELETE FROM t")]
    [InlineData("SELECT 1; DROP TABLE t")]
    [InlineData("SELECT 1;\n-- harmless\nDROP TABLE t")]
    [InlineData("SELECT '--'; DELETE FROM t")]
    [InlineData("SELECT '/*'; DELETE FROM t; SELECT '*/'")]
    [InlineData("/* /* */ DELETE FROM t -- */")]
    [InlineData("SELECT * INTO copy FROM t")]
    [InlineData("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone")]
    [InlineData("(WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone)")]
    [InlineData("EXPLAIN ANALYZE DELETE FROM t")]
    [InlineData("selection")]
    public void Whatever_may_write_is_not_taken_for_a_read(string query) => Assert.False(QueryText.IsPlainRead(query));
}
