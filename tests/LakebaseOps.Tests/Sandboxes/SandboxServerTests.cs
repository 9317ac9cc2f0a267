namespace LakebaseOps.Tests.Sandboxes;

public sealed class SandboxServerTests(PostgresServer server) : DatabaseTest(server)
{
    [Fact]
    public async Task The_server_listens_on_loopback_alone_and_asks_for_a_scram_password()
    {
        Assert.Equal("127.0.0.1", await ScalarAsync<string>("SHOW listen_addresses"));
        Assert.Equal(0L, await ScalarAsync<long>(
            "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method NOT IN ('scram-sha-256')"));
    }
}
