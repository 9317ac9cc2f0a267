using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using LakebaseOps.Serving.DynamoDb;

namespace LakebaseOps.Tests.Serving.DynamoDb;

public sealed class InstallDynamoDbTableTests(PostgresServer server, DynaliteServer dynamo) : DynamoDatabaseTest(server, dynamo)
{
    [Fact]
    public async Task Tables_are_made_loaded_read_back_made_anew_and_removed()
    {
        await ExecuteAsync("CREATE TABLE one (k int PRIMARY KEY, a text); CREATE TABLE two (k bigint PRIMARY KEY, a float8); INSERT INTO one SELECT g, 'x' || g FROM generate_series(1, 1234) g; INSERT INTO two SELECT g, g / 3.0 FROM generate_series(1000, 1999) g");
        InstallDynamoDbTableOptions options = Install("one", "two");
        OperationPlan plan = await new InstallDynamoDbTableOperation(Session, options).DescribeAsync(Cancel);
        Assert.Contains(plan.Steps, step => step.Contains($"CreateTable {Prefix}public.one, key 'k' of type N", StringComparison.Ordinal));
        Assert.Empty(await NamesAsync());

        IReadOnlyList<DynamoDbTableResult> made = await RunAsync(options);
        Assert.Equal([($"{Prefix}public.one", "Installed", 1234), ($"{Prefix}public.two", "Installed", 1000)], made.Take(2).Select(one => (one.DynamoDbTable, one.Action, (int)one.Items)));
        Assert.Equal((FeatureMode.Wide, 1999, "public.one,public.two"), (made[2].Mode, (int)made[2].Items, string.Join(',', made[2].Table)));
        using DynamoClient client = Client();
        Dictionary<string, AttributeValue> item = (await client.Api.GetItemAsync($"{Prefix}public.one", new() { ["k"] = new() { N = "7" } }, Cancel)).Item;
        Assert.Equal("x7", item["a"].S);

        await ExecuteAsync("DELETE FROM one WHERE k > 10; UPDATE one SET a = NULL WHERE k = 7");
        IReadOnlyList<DynamoDbTableResult> anew = await RunAsync(options with { Mode = [FeatureMode.Batch], Table = ["one"] });
        Assert.Equal(("Replaced", 10), (anew[0].Action, (int)anew[0].Items));
        Assert.False((await client.Api.GetItemAsync($"{Prefix}public.one", new() { ["k"] = new() { N = "7" } }, Cancel)).Item.ContainsKey("a"));

        Assert.Equal(["Removed", "Removed", "Removed"], (await RunAsync(options with { Remove = true })).Select(one => one.Action));
        Assert.Empty(await NamesAsync());
        Assert.Equal(["Absent", "Absent", "Absent"], (await RunAsync(options with { Remove = true })).Select(one => one.Action));
    }

    [Fact]
    public async Task Tables_of_others_are_left_alone()
    {
        await ExecuteAsync("CREATE TABLE one (k int PRIMARY KEY); CREATE TABLE two (k int PRIMARY KEY)");
        using DynamoClient client = Client();
        await DynamoTables.CreateAsync(client, $"{Prefix}public.two", "k", KeyKind.Integer, Cancel);
        foreach (bool remove in new[] { false, true })
            Assert.Equal(ErrorIds.ObjectExists, (await FailAsync(Install("one", "two") with { Remove = remove })).Id);
        Assert.Equal([$"{Prefix}public.two"], await NamesAsync());

        // One that was dropped and made by somebody else meanwhile is no longer ours.
        await RunAsync(Install("one"));
        await DynamoTables.DropAsync(client, $"{Prefix}public.one", Cancel);
        await DynamoTables.CreateAsync(client, $"{Prefix}public.one", "k", KeyKind.Integer, Cancel);
        Assert.Equal(ErrorIds.ObjectExists, (await FailAsync(Install("one"))).Id);
    }

    [Fact]
    public async Task What_DynamoDB_cannot_hold_is_refused_and_named()
    {
        (string Columns, string Values, string Named)[] refused =
        [
            ("k int PRIMARY KEY, a float8", "1, 'NaN'", "NaN"), ("k int PRIMARY KEY, a float8", "1, 1e200", "1E+200"),
            ("k int PRIMARY KEY, a date", "1, 'infinity'", "infinite date"), ("k int PRIMARY KEY, a timestamptz", "1, '-infinity'", "infinite time"),
            ("k int PRIMARY KEY, a int[]", "1, ARRAY[[1, 2], [3, 4]]", "several dimensions"), ("k int PRIMARY KEY, a text", "1, repeat('x', 410000)", "409,600"),
            ("k text PRIMARY KEY", "''", "empty key"), ("k text PRIMARY KEY", "repeat('x', 2049)", "2,049"),
        ];
        for (int at = 0; at < refused.Length; at++)
        {
            string table = $"refused_{at}";
            await ExecuteAsync($"CREATE TABLE {table} ({refused[at].Columns}); INSERT INTO {table} VALUES ({refused[at].Values})");
            FeatureMode mode = at % 2 == 0 ? FeatureMode.Batch : FeatureMode.Wide;
            LakebaseError error = await FailAsync(Install(table) with { Mode = [mode] });
            Assert.Equal((ErrorIds.DynamoDbValue, LakebaseErrorKind.InvalidData), (error.Id, error.Kind));
            Assert.Contains(refused[at].Named, error.Message, StringComparison.Ordinal);
            // What broke off is not read.
            FeaturePlan plan = await PlanAsync(Install(table));
            LakebaseException unfinished = await Assert.ThrowsAsync<LakebaseException>(() =>
                DynamoReader.OpenAsync(new DynamoEndpoint(Url, null), Prefix, plan, [mode], 1, Cancel));
            Assert.Equal(ErrorIds.DynamoDbNotInstalled, unfinished.Error.Id);
        }
    }

    [Fact]
    public async Task Items_left_unprocessed_are_sent_again_and_neither_a_lost_nor_a_changed_one_passes()
    {
        await ExecuteAsync("CREATE TABLE one (k int PRIMARY KEY, a text); INSERT INTO one SELECT g, 'x' || g FROM generate_series(1, 300) g");
        bool loses = false;
        await using DynamoFront front = new(Url, async (operation, body, forward) =>
        {
            if (operation != "BatchWriteItem")
                return await forward(body);
            (string table, JsonNode? node) = body["RequestItems"]!.AsObject().First();
            JsonArray items = node!.AsArray();
            if (items.Count == 1)
                return loses ? new JsonObject { ["UnprocessedItems"] = new JsonObject() } : await forward(body);
            JsonNode kept = items[^1]!.DeepClone();
            items.RemoveAt(items.Count - 1);
            JsonObject answer = await forward(body);
            answer["UnprocessedItems"] = new JsonObject { [table] = new JsonArray(kept) };
            return answer;
        });
        InstallDynamoDbTableOptions options = Install("one") with { ServiceUrl = front.Url, Mode = [FeatureMode.Batch] };
        DynamoDbTableResult made = Assert.Single(await RunAsync(options));
        Assert.Equal((300, 12), (made.Items, made.Retries));
        loses = true;
        LakebaseError error = await FailAsync(options);
        Assert.Equal((ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification), (error.Id, error.Kind));
        Assert.Contains("288 items with 288 rows, not 300 with 300", error.Message, StringComparison.Ordinal);

        // A value that changes on the way.
        await using DynamoFront liar = new(Url, (operation, body, forward) => forward(operation == "BatchWriteItem"
            ? JsonNode.Parse(body.ToJsonString().Replace("\"x17\"", "\"x71\"", StringComparison.Ordinal))!.AsObject() : body));
        foreach (FeatureMode mode in new[] { FeatureMode.Batch, FeatureMode.Wide })
            Assert.Equal(ErrorIds.LoadNotVerified, (await FailAsync(options with { ServiceUrl = liar.Url, Mode = [mode] })).Id);
    }

    [Fact]
    public async Task Keys_that_are_not_unique_and_a_server_that_is_not_there_are_told_before_anything_is_written()
    {
        await ExecuteAsync("CREATE TABLE one (id int PRIMARY KEY, k text); INSERT INTO one VALUES (1, 'a'), (2, 'a')");
        Assert.Equal(ErrorIds.KeyNotUnique, (await FailAsync(Install("one") with { KeyColumn = "k" })).Id);
        Assert.Empty(await NamesAsync());
        LakebaseError error = await FailAsync(Install("one") with { ServiceUrl = new Uri("http://127.0.0.1:9") });
        Assert.Equal((ErrorIds.DynamoDbFailed, LakebaseErrorKind.Connection), (error.Id, error.Kind));
    }

    private async Task<List<string>> NamesAsync()
    {
        using DynamoClient client = Client();
        return [.. (await client.Api.ListTablesAsync(Cancel)).TableNames.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))];
    }
}
