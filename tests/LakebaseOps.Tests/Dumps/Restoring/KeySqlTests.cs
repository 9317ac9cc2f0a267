using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Restoring;

public sealed class KeySqlTests
{
    private static readonly TableName Table = new("s", "t");

    [Theory]
    [InlineData("PRIMARY KEY (k)", "(k)", "PRIMARY KEY USING INDEX t_key")]
    [InlineData("UNIQUE (a, \"B \"\"x\"\" (y)\") INCLUDE (c)", "(a, \"B \"\"x\"\" (y)\") INCLUDE (c)", "UNIQUE USING INDEX t_key")]
    [InlineData("UNIQUE NULLS NOT DISTINCT (a) WITH (fillfactor='70')", "(a) NULLS NOT DISTINCT WITH (fillfactor='70')", "UNIQUE USING INDEX t_key")]
    [InlineData("UNIQUE (a) DEFERRABLE INITIALLY DEFERRED", "(a)", "UNIQUE USING INDEX t_key DEFERRABLE INITIALLY DEFERRED")]
    public void A_key_is_split_into_its_index_and_the_rest(string constraint, string index, string key)
    {
        foreach (string between in new[] { " ", "\n    " })
        {
            KeySql split = KeySql.Of($"ALTER TABLE ONLY \"s\".\"t\"{between}ADD CONSTRAINT t_key {constraint};", Table)!;
            Assert.Equal($"CREATE UNIQUE INDEX t_key ON \"s\".\"t\" USING btree {index}", split.Index);
            Assert.Equal($"ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT t_key {key}", split.Key);
        }
    }

    [Theory]
    [InlineData("EXCLUDE USING gist (a WITH &&)")]
    [InlineData("UNIQUE (a) USING INDEX TABLESPACE fast")]
    [InlineData("PRIMARY KEY (k), ADD CONSTRAINT other UNIQUE (a)")]
    public void What_is_not_that_simple_stays_whole(string constraint) =>
        Assert.Null(KeySql.Of($"ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT t_key {constraint};", Table));
}
