using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>Where a volume is, and who may read it.</summary>
public sealed class WorkspaceTests
{
    [Theory]
    [InlineData("adb-1.azuredatabricks.net", "https://adb-1.azuredatabricks.net/")]
    [InlineData("https://adb-1.azuredatabricks.net/", "https://adb-1.azuredatabricks.net/")]
    [InlineData("http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:1/")]
    public void A_host_is_taken(string host, string url) => Assert.Equal(url, Of(host, token: "t").Host.ToString());

    [Theory]
    [InlineData("http://adb-1.azuredatabricks.net")]
    [InlineData("http://10.0.0.1")]
    [InlineData("http://localhost.example.com")]
    [InlineData("ftp://localhost")]
    [InlineData("https://user:secret@adb-1.azuredatabricks.net")]
    [InlineData("https://adb-1.azuredatabricks.net/?token=secret")]
    public void Nothing_goes_over_a_network_in_the_clear(string host)
    {
        LakebaseException refused = Assert.Throws<LakebaseException>(() => Of(host, token: "t"));
        Assert.Equal(ErrorIds.InvalidArgument, refused.Error.Id);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        Assert.Contains("DATABRICKS_HOST is not set", Missing(() => Of(null, token: "t")), StringComparison.Ordinal);
        Assert.Contains("neither DATABRICKS_TOKEN nor", Missing(() => Of("h")), StringComparison.Ordinal);
        Assert.Contains("DATABRICKS_CLIENT_SECRET is not set", Missing(() => Of("h", client: "c")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dbfs:/Volumes/a/b/c/d")]
    [InlineData("DBFS:/Volumes/a/b/c/d e/f/")]
    public void A_path_is_taken(string path) => Assert.StartsWith("dbfs:/Volumes/a/b/c/d", VolumePath.Parse(path).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("dbfs:/Volumes/a/b/c")]
    [InlineData("dbfs:/Volumes/a/b/c/../d")]
    [InlineData("dbfs:/Volumes/a//c/d/e")]
    [InlineData("dbfs:/tmp/a/b/c/d")]
    [InlineData("dbfs:Volumes/a/b/c/d")]
    [InlineData("dbfs:")]
    public void Another_path_is_refused(string path) =>
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<LakebaseException>(() => VolumePath.Parse(path)).Error.Id);

    [Fact]
    public void A_path_of_this_machine_is_none() => Assert.False(VolumePath.Is("/Volumes/a/b/c/d"));

    private static string Missing(Func<Workspace> work)
    {
        LakebaseException missing = Assert.Throws<LakebaseException>(work);
        Assert.Equal(ErrorIds.WorkspaceNotConfigured, missing.Error.Id);
        return missing.Message;
    }

    private static Workspace Of(string? host, string? token = null, string? client = null) => Workspace.From(name => name switch
    {
        "DATABRICKS_HOST" => host,
        "DATABRICKS_TOKEN" => token,
        "DATABRICKS_CLIENT_ID" => client,
        _ => null,
    });
}
