using LakebaseOps.Loading;
using LakebaseOps.Verification;

namespace LakebaseOps.Tests.Verification;

/// <summary>A loaded table proves its content against what the load recorded; any change since is found.</summary>
public sealed class LedgerContentTests(PostgresServer server) : DatabaseTest(server)
{
    [Theory]
    [InlineData("SELECT", CheckStatus.Passed)]
    [InlineData("UPDATE t SET d = d + 1e-9 WHERE k = 'k3'", CheckStatus.Failed)]
    [InlineData("UPDATE t SET s = NULL WHERE k = 'k3'", CheckStatus.Failed)]
    [InlineData("DELETE FROM t WHERE k = 'k3'", CheckStatus.Failed)]
    [InlineData("UPDATE t SET s = CASE k WHEN 'k3' THEN 'text of 4' ELSE 'text of 3' END WHERE k IN ('k3', 'k4')", CheckStatus.Failed)]
    public async Task Content_is_compared_with_the_load(string change, CheckStatus status)
    {
        await ExecuteAsync("CREATE TABLE t (k text PRIMARY KEY, n bigint, d double precision, s text, at timestamptz)");
        string file = Path.Combine(Path.GetTempPath(), $"t_{Guid.NewGuid():N}.csv");
        try
        {
            // The fields are in another order than the columns, and one row is larger than the buffer it is read back into.
            await File.WriteAllLinesAsync(
                file,
                Enumerable.Range(0, 5000).Select(i => $"text of {i}{(i == 7 ? new string('x', 200_000) : "")},{i / 3.0:R},k{i},{i},2026-01-02 03:04:05+00")
                    .Prepend("s,d,k,n,at"),
                Cancel);
            RecordingSink load = await RecordingSink.RunAsync(
                new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t", Path = [file] }), Cancel);
            Assert.Equal("Loaded", Assert.Single(load.Of<BulkLoadResult>()).Status);
            RecordingSink fresh = await RecordingSink.RunAsync(new TestTableOperation(Session, new() { Table = ["t"] }), Cancel);
            Assert.All(fresh.Of<TableCheck>(), check => Assert.True(check.Status is CheckStatus.Passed or CheckStatus.Skipped, check.ToString()));
            await ExecuteAsync(change);
            RecordingSink sink = await RecordingSink.RunAsync(
                new TestTableOperation(Session, new() { Table = ["t"], Check = [TableCheckKind.Content] }), Cancel);
            TableCheck check = Assert.Single(sink.Of<TableCheck>());
            Assert.True(check.Status == status, check.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }
}
