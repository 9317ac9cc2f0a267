using LakebaseOps.Serving.DynamoDb;

namespace LakebaseOps.Tests.Serving.DynamoDb;

public sealed class DynamoEndpointTests
{
    [Theory]
    [InlineData("http://db.example.com:8000", null, "https://")]
    [InlineData("https://someone:word@db.example.com", null, "credentials")]
    [InlineData("ftp://127.0.0.1", null, "https://")]
    [InlineData(null, "eu central", "region")]
    public void Addresses_that_must_not_be_used_are_refused(string? url, string? region, string why)
    {
        LakebaseError error = Assert.Throws<LakebaseException>(() => new DynamoEndpoint(url is null ? null : new Uri(url), region)).Error;
        Assert.Equal(ErrorIds.InvalidArgument, error.Id);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("word", error.ToString(), StringComparison.Ordinal);
    }
}
