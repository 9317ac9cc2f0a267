using System.Text.Json.Nodes;
using LakebaseOps.Latency;
using LakebaseOps.Latency.Runs;

namespace LakebaseOps.Tests.Serving.DynamoDb;

public sealed class MeasureDynamoDbTests(PostgresServer server, DynaliteServer dynamo) : DynamoDatabaseTest(server, dynamo)
{
    private MeasureFeatureLatencyOptions Options => new()
    {
        Table = ["card__a", "card__b", "card__c"], Backend = [FeatureBackend.DynamoDb], Mode = [FeatureMode.Batch, FeatureMode.Wide],
        ServiceUrl = Url, TablePrefix = Prefix, Requests = 200, WarmUpLimit = 20, KeyRange = KeyRange.Whole,
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach ((string table, int rows) in new[] { ("card__a", 300), ("card__b", 200), ("card__c", 300) })
            await ExecuteAsync($"CREATE TABLE {table} (k text PRIMARY KEY, v float8, t timestamptz); INSERT INTO {table} SELECT 'key ' || g, g / 7.0, now() - g * interval '1 hour' FROM generate_series(1, {rows}) g");
        await RunAsync(Install("card__*"));
        await RecordingSink.RunAsync(new LakebaseOps.Serving.InstallWideTableOperation(Session, new InstallWideTableOptions { Table = Options.Table }), Cancel);
    }

    [Fact]
    public async Task Both_backends_are_measured_in_one_run_with_the_same_keys_and_rows()
    {
        string folder = Directory.CreateTempSubdirectory("lakebase-").FullName;
        try
        {
            IReadOnlyList<LatencyResult> results = await MeasureAsync(Options with
            {
                Backend = [FeatureBackend.PostgreSql, FeatureBackend.DynamoDb], Mode = [FeatureMode.Batch, FeatureMode.Wide, FeatureMode.Union],
                MissShare = 0.1, OutputPath = folder, Force = true,
            });
            Assert.Equal(["Batch", "Wide", "Union", "DynamoDb Batch", "DynamoDb Wide"], results.Select(result => result.Name));
            foreach (LatencyResult result in results)
            {
                Assert.Equal((200, 0, 0, 1.0), (result.Requests, result.Errors, result.WrongResponses, result.RoundTripsPerRequest));
                Assert.InRange(result.HitShare, 0.6, 0.95);
                Assert.True(result.ResponsesAudited > 0 && result.FloorP50Ms > 0 && result.LargestResidualUs < 1);
                Assert.Equal(result.MeanMs * 1_000, result.Components.Sum(part => part.MeanUs), tolerance: 1e-3 * result.MeanMs * 1_000);
                foreach (string part in new[] { "Send", "FirstByte", "Decode" })
                    Assert.True(result.Components.First(one => one.Name == part).MeanUs > 0, $"{result.Name}: no {part}");
                Assert.Equal(result.Backend == FeatureBackend.DynamoDb, result.Trust.Contains("an emulator on this machine answered", StringComparison.Ordinal));
                Assert.Equal(result.Backend == FeatureBackend.DynamoDb, result.Components.Any(part => part.Name == "Backoff"));
            }

            RecordingSink read = await RecordingSink.RunAsync(new ImportRunOperation(new ImportRunOptions { Path = [folder] }), Cancel);
            IReadOnlyList<LatencyResult> imported = Assert.Single(read.Of<RunRecord>()).Latencies;
            Assert.Equal(results.Select(result => (result.Name, result.Requests, result.P50Ms)), imported.Select(result => (result.Name, result.Requests, result.P50Ms)));
            Assert.Equal(5, imported.Select(result => result.Tag).Distinct().Count());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // One copy of the tables for all of these: making it takes longer than they do.
    [Fact]
    public async Task Loops_work_faults_show_as_what_they_are_and_what_cannot_be_measured_is_refused()
    {
        await LoopsAsync();
        await UnprocessedAsync();
        await ThrottledAsync();
        await WrongAsync();
        await RefusedAsync();
    }

    /// <summary>An open loop and several clients work as on PostgreSQL.</summary>
    private async Task LoopsAsync()
    {
        LatencyResult open = (await MeasureAsync(Options with { Mode = [FeatureMode.Batch], Rate = [200], Requests = 100 }))[0];
        Assert.Equal((100, 0, 0), (open.Requests, open.Errors, open.WrongResponses));
        Assert.Equal((100, 0), (open.Open!.Scheduled, open.Open.Skipped));
        IReadOnlyList<LatencyResult> closed = await MeasureAsync(Options with { Clients = [3], PoolSize = 1, Distribution = [KeyDistribution.Zipf], Mode = [FeatureMode.Wide] });
        Assert.All(closed, result => Assert.Equal((200, 0, 0), (result.Requests, result.Errors, result.WrongResponses)));
        Assert.All(closed, result => Assert.True(result.Components.First(part => part.Name == "PoolWait").MeanUs > 0));
    }

    /// <summary>Unprocessed keys are asked for again within the time and counted.</summary>
    private async Task UnprocessedAsync()
    {
        await using DynamoFront front = new(Url, async (operation, body, forward) =>
        {
            JsonObject asked = body.ContainsKey("RequestItems") ? body["RequestItems"]!.AsObject() : [];
            if (operation != "BatchGetItem" || asked.Count == 1)
                return await forward(body);
            // Two of three tables are left for later, one after the other.
            (string table, JsonNode? first) = asked.First();
            JsonObject left = asked.DeepClone().AsObject();
            left.Remove(table);
            JsonObject answer = await forward(new JsonObject { ["RequestItems"] = new JsonObject { [table] = first!.DeepClone() } });
            answer["UnprocessedKeys"] = left;
            return answer;
        });
        LatencyResult result = Assert.Single(await MeasureAsync(Options with { Mode = [FeatureMode.Batch], ServiceUrl = front.Url, Requests = 50 }));
        Assert.Equal((50, 0, 0, 100, 3.0), (result.Requests, result.Errors, result.WrongResponses, result.Retries, result.RoundTripsPerRequest));
        Assert.True(result.Components.First(part => part.Name == "Backoff").MeanUs > 0);
        Assert.True(result.LargestResidualUs < 1);
    }

    /// <summary>What is throttled is an outcome and no sample.</summary>
    private async Task ThrottledAsync()
    {
        int number = 0;
        await using DynamoFront front = new(Url, async (operation, body, forward) =>
            operation != "BatchGetItem" || Interlocked.Increment(ref number) % 4 != 0
                ? await forward(body) : DynamoFront.Error("ProvisionedThroughputExceededException"));
        LatencyResult result = Assert.Single(await MeasureAsync(Options with { Mode = [FeatureMode.Batch], ServiceUrl = front.Url, WarmUpLimit = 0 }));
        Assert.Equal((150, 50), (result.Requests, result.Errors));
        Assert.Equal(50, result.ErrorsByCode["ProvisionedThroughputExceededException"]);
        Assert.Equal(150, result.Histogram.Sum(bucket => bucket.Count));
        Assert.Contains("50 of 200", result.InvalidReason, StringComparison.Ordinal);
    }

    /// <summary>A wrong item is noticed by the audit and by its key.</summary>
    private async Task WrongAsync()
    {
        await using DynamoFront front = new(Url, async (operation, body, forward) =>
            JsonNode.Parse((await forward(body)).ToJsonString().Replace("\"v\":{\"N\":\"", "\"v\":{\"N\":\"1", StringComparison.Ordinal))!.AsObject());
        LatencyResult value = Assert.Single(await MeasureAsync(Options with { Mode = [FeatureMode.Batch], ServiceUrl = front.Url, Requests = 60 }));
        Assert.True(value.WrongResponses > 0);
        await using DynamoFront other = new(Url, async (operation, body, forward) =>
            JsonNode.Parse((await forward(body)).ToJsonString().Replace("{\"S\":\"key 1", "{\"S\":\"key 2", StringComparison.Ordinal))!.AsObject());
        LatencyResult key = Assert.Single(await MeasureAsync(Options with { Mode = [FeatureMode.Wide], ServiceUrl = other.Url, Requests = 100 }));
        Assert.True(key.WrongResponses > 20);
    }

    /// <summary>What DynamoDB cannot do or does not have is refused before it is measured.</summary>
    private async Task RefusedAsync()
    {
        foreach ((MeasureFeatureLatencyOptions options, string id) in new[]
        {
            (Options with { Mode = [FeatureMode.Rpc] }, ErrorIds.ModeNotSupported),
            (Options with { Mode = [FeatureMode.Batch, FeatureMode.Union] }, ErrorIds.ModeNotSupported),
            (Options with { Mode = [FeatureMode.Union], Backend = [FeatureBackend.PostgreSql, FeatureBackend.DynamoDb] }, ErrorIds.ModeNotSupported),
            (Options with { Consistent = true }, ErrorIds.InvalidArgument),
            (Options with { ProveRoundTrips = true }, ErrorIds.InvalidArgument),
            (Options with { RefreshRate = [0, 10] }, ErrorIds.InvalidArgument),
            (Options with { CacheState = [CacheTemperature.Cold] }, ErrorIds.InvalidArgument),
            (Options with { Backend = [FeatureBackend.PostgreSql] }, ErrorIds.InvalidArgument),
            (Options with { ServiceUrl = new Uri("http://db.example.com") }, ErrorIds.InvalidArgument),
            (Options with { TablePrefix = "other." }, ErrorIds.DynamoDbNotInstalled),
        })
        {
            Assert.Equal(id, (await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(options))).Error.Id);
        }

        await ExecuteAsync("ALTER TABLE card__a ADD COLUMN later int");
        Assert.Equal(ErrorIds.DynamoDbStale, (await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(Options))).Error.Id);
    }

    private async Task<IReadOnlyList<LatencyResult>> MeasureAsync(MeasureFeatureLatencyOptions options) =>
        (await RecordingSink.RunAsync(new MeasureFeatureLatencyOperation(Session, options), Cancel)).Of<LatencyResult>();
}
