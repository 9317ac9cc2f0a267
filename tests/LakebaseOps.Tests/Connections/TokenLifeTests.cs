using System.Text;
using LakebaseOps.Connections;

namespace LakebaseOps.Tests.Connections;

/// <summary>Tokens say when they end; other secrets do not.</summary>
public sealed class TokenLifeTests
{
    [Theory]
    [InlineData("{\"sub\":\"me\",\"exp\":1795370000}", 1795370000L)]
    [InlineData("{\"exp\":1795370000,\"a\":\"ÿþ~~??\"}", 1795370000L)]
    [InlineData("{\"sub\":\"me\"}", null)]
    [InlineData("{\"exp\":\"soon\"}", null)]
    [InlineData("{\"exp\":1e300}", null)]
    [InlineData("[1]", null)]
    [InlineData("not json", null)]
    public void The_end_is_read_from_the_claims(string claims, long? end)
    {
        string token = $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.c2ln";
        Assert.Equal(end, TokenLife.EndOf(SessionFactory.Conceal(token))?.ToUnixTimeSeconds());
    }

    [Theory]
    [InlineData("password")]
    [InlineData("pass.word.with dots")]
    [InlineData("...")]
    public void A_password_is_no_token(string secret) => Assert.Null(TokenLife.EndOf(SessionFactory.Conceal(secret)));
}
