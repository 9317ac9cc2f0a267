using LakebaseOps.Connections;
using LakebaseOps.Indexing;

namespace LakebaseOps.Tests.Indexing;

/// <summary>The books of index builds that somebody else made.</summary>
public sealed class IndexLedgerTests(PostgresServer server) : DatabaseTest(server)
{
    private const string Usage = "GRANT USAGE ON SCHEMA lakebase_ops TO {0}; ";

    [Theory]
    [InlineData(Usage + "GRANT SELECT, INSERT, UPDATE, DELETE ON lakebase_ops.index_build TO {0}", 1)]
    [InlineData(Usage + "GRANT SELECT ON lakebase_ops.index_build TO {0}", 0)]
    [InlineData(Usage + "GRANT SELECT, INSERT ON lakebase_ops.index_build TO {0}", 0)]
    [InlineData("GRANT ALL ON lakebase_ops.index_build TO {0}", 0)]
    [InlineData("GRANT USAGE, CREATE ON SCHEMA lakebase_ops TO {0}", 0)]
    [InlineData("SELECT", 0)]
    public async Task A_role_builds_beside_writes_whatever_it_may_do_with_them(string grants, long recorded)
    {
        string role = $"builder_{Guid.NewGuid():N}";
        await using (Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel))
            Assert.True(await IndexLedger.EnsureAsync(connection, Cancel));
        await ExecuteAsync($"CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; CREATE TABLE t (id bigint); ALTER TABLE t OWNER TO {role}");
        await ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, grants, role));
        RecordingSink sink = new();
        await using (PostgresSession own = await SessionFactory.ConnectAsync(
            new ConnectionOptions { ConnectionString = $"{Server.ConnectionString(Session.Database)};Options=-c role={role}" }, Cancel))
        {
            IndexDefinition wanted = new() { Name = "", Keys = ["id"], IsUnique = true };
            Assert.Equal("Built", (await IndexBuilder.BuildAsync(
                own, new TableName("public", "t"), wanted, "t_id", new IndexBuildSettings { Concurrently = true }, sink, Cancel)).Status);
        }

        Assert.Equal(recorded, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.index_build WHERE state = 'built'"));
        Assert.Equal(recorded == 0, sink.Traces.Any(line => line.Contains("may not write lakebase_ops.index_build", StringComparison.Ordinal)));
    }
}
