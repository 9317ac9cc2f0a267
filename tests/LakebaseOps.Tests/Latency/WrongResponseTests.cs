using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

public sealed class WrongResponseTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    [Theory]
    // What the tampered function returns instead of the right row, and what that is.
    [InlineData("t.\"hashkey\" = $1", "t.\"hashkey\" > $1 AND t.\"b\" < 490", "rows of")]
    [InlineData("SELECT 1, t.\"hashkey\"", "SELECT 1, 'x' || t.\"hashkey\"", "answered with the row of")]
    [InlineData("SELECT 1, ", "SELECT 7, ", "belong to none of the tables")]
    [InlineData("t.\"b\"", "t.\"b\" + 1", "differ from those that single queries return")]
    [InlineData("t.\"hashkey\" = $1", "t.\"hashkey\" = $1 AND t.\"b\" % 5 <> 0", "differ from those that single queries return")]
    public async Task A_function_that_returns_wrong_rows_is_found_out(string right, string wrong, string fault)
    {
        await InstallAsync();
        Assert.Equal("Trustworthy", Trust(await MeasureOneAsync(Options with { Mode = [FeatureMode.Rpc] })));
        string definition = await ScalarAsync<string>(
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'lakebase_ops' AND proname LIKE 'features%' AND prosrc LIKE '%UNION ALL%'");
        Assert.Contains(right, definition, StringComparison.Ordinal);
        await ExecuteAsync(definition.Replace(right, wrong, StringComparison.Ordinal));

        RecordingSink sink = await RecordingSink.RunAsync(
            new MeasureFeatureLatencyOperation(Session, Options with { Mode = [FeatureMode.Rpc] }), Cancel);
        LatencyResult result = Assert.Single(sink.Of<LatencyResult>());
        Assert.Equal(ErrorIds.WrongFeatures, Assert.Single(sink.Errors).Id);
        Assert.True(result.WrongResponses > 0);
        Assert.Contains("wrong responses", result.Trust, StringComparison.Ordinal);
        Assert.Contains(fault, result.Trust, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Duplicate_keys_are_wrong_responses_in_every_mode()
    {
        await ExecuteAsync("ALTER TABLE card__good DROP CONSTRAINT card__good_pkey; INSERT INTO card__good SELECT * FROM card__good");
        foreach (FeatureMode mode in (FeatureMode[])[FeatureMode.Serial, FeatureMode.Batch, FeatureMode.Union])
        {
            LatencyResult result = await MeasureOneAsync(Options with { Mode = [mode], KeyColumn = "hashkey" });
            Assert.True(result.WrongResponses >= result.Requests);
        }
    }

    [Fact]
    public async Task Rows_that_were_deleted_are_misses_and_not_wrong()
    {
        await ExecuteAsync("DELETE FROM card__rates WHERE b BETWEEN 100 AND 199");
        LatencyResult result = await MeasureOneAsync(Options with { KeyRange = KeyRange.Whole });
        Assert.Equal(0, result.WrongResponses);
        Assert.InRange(result.HitShare, 0.8, 0.93);
    }

    [Fact]
    public async Task Failures_are_counted_by_sqlstate_and_are_no_samples()
    {
        bool renamed = false;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (renamed || progress.Status.Contains("warming", StringComparison.Ordinal))
                    return;
                renamed = true;
                using Npgsql.NpgsqlCommand command = Session.DataSource.CreateCommand("ALTER TABLE card__rates RENAME TO gone");
                command.ExecuteNonQuery();
            },
        };
        await new MeasureFeatureLatencyOperation(Session, Options).RunAsync(sink, Cancel);
        LatencyResult result = Assert.Single(sink.Of<LatencyResult>());
        Assert.Equal(400, result.Requests + result.Errors);
        Assert.Equal(result.Requests, result.Histogram.Sum(bucket => bucket.Count));
        Assert.Equal(["42P01"], result.ErrorsByCode.Keys);
        Assert.True(result.Errors > 0 && result.Requests > 0);
        Assert.StartsWith("Not trustworthy", result.Trust, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_in_the_middle_leaves_no_session()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (progress.Percent > 0)
                    stop.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new MeasureFeatureLatencyOperation(
            Session, Options with { Requests = 1_000_000, Clients = [4] }).RunAsync(sink, stop.Token));
        Assert.True(sink.Progress[^1].IsCompleted);
        // The server notices the closed sockets in its own time.
        while (await FeatureSessionsAsync() > 0)
            Cancel.ThrowIfCancellationRequested();
    }

    // Fifty warm-up requests are not meant to settle anything.
    private static string Trust(LatencyResult result) => result.WrongResponses == 0 && result.Errors == 0 ? "Trustworthy" : result.Trust;
}
