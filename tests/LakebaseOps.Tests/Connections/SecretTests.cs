using System.Text.Json;
using LakebaseOps.Connections;

namespace LakebaseOps.Tests.Connections;

public sealed class SecretTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Fact]
    public void A_secret_is_read_by_reference_and_never_written()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "tok3n\n");
        try
        {
            ConnectionOptions options = JsonSerializer.Deserialize<ConnectionOptions>(
                JsonSerializer.Serialize(new { hostName = "h", secret = new { file } }), Web)!;
            Assert.Equal(5, options.Secret!.Length);
            Assert.DoesNotContain("tok3n", JsonSerializer.Serialize(options, Web), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("""{"secret": "literal"}""", ErrorIds.SecretInWorkflow)]
    [InlineData("""{"connectionString": "Host=h;Password=literal"}""", ErrorIds.SecretInWorkflow)]
    [InlineData("""{"connectionString": "Host=h;PWD=literal"}""", ErrorIds.SecretInWorkflow)]
    [InlineData("""{"secret": {"env": "LAKEBASE_NO_SUCH_VARIABLE"}}""", ErrorIds.SecretNotFound)]
    [InlineData("""{"secret": {"file": "/no/such/file"}}""", ErrorIds.SecretNotFound)]
    [InlineData("""{"secret": {"env": "A", "file": "b"}}""", ErrorIds.InvalidArgument)]
    public void What_is_no_reference_to_a_secret_is_refused(string json, string id)
    {
        LakebaseError error = Assert.Throws<LakebaseException>(() => JsonSerializer.Deserialize<ConnectionOptions>(json, Web)).Error;
        Assert.Equal(id, error.Id);
        Assert.DoesNotContain("literal", error.ToException().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_expires_by_one_caller_for_all_and_outlives_a_failed_renewal()
    {
        Clock clock = new();
        int issued = 0;
        bool fails = false;
        using SecretSource source = new(
            async _ =>
            {
                await Task.Yield();
                if (fails)
                    throw new InvalidOperationException("the issuer is away");
                return new IssuedSecret(SessionFactory.Conceal($"token {++issued}"), clock.Now.AddHours(1));
            },
            clock);
        string[] first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => source.RevealAsync(TestContext.Current.CancellationToken).AsTask()));
        Assert.All(first, token => Assert.Equal("token 1", token));

        clock.Now += TimeSpan.FromMinutes(47);
        Assert.Equal("token 1", await source.RevealAsync(TestContext.Current.CancellationToken));
        clock.Now += TimeSpan.FromMinutes(2);
        fails = true;
        Assert.Equal("token 1", await source.RevealAsync(TestContext.Current.CancellationToken));
        fails = false;
        Assert.Equal("token 2", await source.RevealAsync(TestContext.Current.CancellationToken));
        fails = true;
        clock.Now += TimeSpan.FromMinutes(61);
        await Assert.ThrowsAsync<InvalidOperationException>(() => source.RevealAsync(TestContext.Current.CancellationToken).AsTask());
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
