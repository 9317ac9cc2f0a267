using System.Text.Json;
using LakebaseOps.Latency;
using LakebaseOps.Serving;

namespace LakebaseOps.Tests.Serving;

public sealed class WorkloadTests(PostgresServer server) : DatabaseTest(server)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebaseops-").FullName;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (string table in new[] { "card__rates__30d", "card_good__rates__30d", "email__rates__30d", "email__times__30d", "other" })
        {
            await ExecuteAsync($"CREATE TABLE {table} (id {(table.StartsWith("email", StringComparison.Ordinal) ? "bigint" : "text")} PRIMARY KEY, v double precision)");
            await ExecuteAsync($"INSERT INTO {table} SELECT g, g FROM generate_series(1, 50) g");
        }

        await ExecuteAsync("CREATE TABLE keyless (v int); CREATE SCHEMA lakebase_ops; CREATE TABLE lakebase_ops.own (k text PRIMARY KEY)");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [EachServer("A schema is read from the server's catalogs and served.")]
    [Fact]
    public async Task The_live_schema_is_derived_written_read_and_served()
    {
        LakebaseWorkload derived = await GetAsync(new GetWorkloadOptions());
        Assert.Equal(Session.Database, derived.Name);
        Assert.Equal(
            [("card", 2, "id"), ("email", 2, "id"), ("", 1, "id")],
            derived.Entities.Select(entity => (entity.Name, entity.Tables.Count, entity.KeyColumn!)));

        LakebaseWorkload mixed = (await GetAsync(new GetWorkloadOptions { Table = ["card*", "email*"], Name = "payments" })) with
        {
            Requests = [new() { Name = "both", Weight = 3 }, new() { Name = "rates", Entities = ["EMAIL"], Tables = ["*__rates__*"] }],
            SlaP99Ms = 1e9,
        };
        string path = Path.Combine(_folder, "new", "payments.json");
        ExportWorkloadOptions export = new() { Path = path, InputObject = mixed };
        Assert.Equal(path, Assert.Single((await RecordingSink.RunAsync(new ExportWorkloadOperation(export), Cancel)).Of<FileInfo>()).FullName);
        Assert.Equal(ErrorIds.FileExists, (await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(new ExportWorkloadOperation(export), Cancel))).Error.Id);
        LakebaseWorkload read = Assert.Single((await RecordingSink.RunAsync(new ImportWorkloadOperation(new ImportWorkloadOptions { Path = [path] }), Cancel)).Of<LakebaseWorkload>());
        Assert.Equal(JsonSerializer.Serialize(mixed), JsonSerializer.Serialize(read));
        Assert.Equal(JsonSerializer.Serialize(mixed), JsonSerializer.Serialize(await GetAsync(new GetWorkloadOptions { Workload = new WorkloadReference(path) })));

        FeatureKey key = new(new Dictionary<string, string> { ["card"] = "7", ["email"] = "9" });
        RecordingSink sink = await RecordingSink.RunAsync(
            new GetFeatureOperation(Session, new GetFeatureOptions { Workload = new WorkloadReference(path), Key = [key] }), Cancel);
        Assert.Equal(
            [("card", 7.0), ("card", 7.0), ("email", 9.0), ("email", 9.0)],
            sink.Of<FeatureRow>().Select(row => (row.Entity, (double)row.Values["v"]!)));
    }

    [Fact]
    public async Task Requests_are_drawn_by_weight_and_read_their_own_tables_in_every_mode()
    {
        LakebaseWorkload workload = (await GetAsync(new GetWorkloadOptions { Table = ["card*", "email*"] })) with
        {
            Requests = [new() { Name = "both", Weight = 3 }, new() { Name = "rates", Entities = ["email"], Tables = ["*__rates__*"] }],
            SlaP99Ms = 1e9,
        };
        WorkloadReference reference = new(workload);
        RecordingSink functions = await RecordingSink.RunAsync(
            new InstallRpcFunctionOperation(Session, new InstallRpcFunctionOptions { Workload = reference }), Cancel);
        Assert.Equal([2, 2, 1], functions.Of<RpcFunctionResult>().Select(function => function.Table.Count));
        await RecordingSink.RunAsync(new InstallWideTableOperation(Session, new InstallWideTableOptions { Workload = reference }), Cancel);
        MeasureFeatureLatencyOptions options = new() { Workload = reference, Mode = Enum.GetValues<FeatureMode>(), Requests = 400, WarmUpLimit = 0 };
        RecordingSink sink = await RecordingSink.RunAsync(new MeasureFeatureLatencyOperation(Session, options), Cancel);
        Assert.Equal(Enum.GetValues<FeatureMode>().Length, sink.Of<LatencyResult>().Count);
        foreach (LatencyResult result in sink.Of<LatencyResult>())
        {
            Assert.Equal((400, 0, 0), (result.Requests, result.Errors, result.WrongResponses));
            Assert.Equal((1, 1e9), (result.HitShare, result.SlaP99Ms));
            // 300 requests of 4 tables and 100 of one are the mean.
            Assert.InRange(result.RowsVerified, 1_200, 1_400);
            if (result.Mode == FeatureMode.Serial)
                Assert.Equal((double)result.RowsVerified / 400, result.RoundTripsPerRequest, precision: 9);
        }
    }

    [Theory]
    [InlineData("""{ "entities": [] }""", "no entities")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": [] }] }""", "no tables")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": ["x"] }, { "name": "A", "tables": ["y"] }] }""", "two entities")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": ["x", "public.x"] }] }""", "twice")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": ["x"] }], "requests": [{ "name": "r", "weight": 0 }] }""", "weight")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": ["x"] }], "requests": [{ "name": "r", "entities": ["b"] }] }""", "entity 'b'")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": ["x"] }], "requests": [{ "name": "r", "tables": ["y*"] }] }""", "'y*'")]
    [InlineData("""{ "entities": [{ "name": "a", "tables": ["x"] }], "slaP99Ms": -1 }""", "slaP99Ms")]
    [InlineData("""{ "entities": [{ "name": "a", "table": ["x"] }] }""", "table")]
    [InlineData("[1, 2", "cannot be used")]
    public async Task A_workload_that_contradicts_itself_is_refused(string json, string fault)
    {
        string path = Path.Combine(_folder, "bad.json");
        await File.WriteAllTextAsync(path, json, Cancel);
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(new GetFeatureOperation(Session, new GetFeatureOptions { Workload = new WorkloadReference(path) }), Cancel));
        Assert.Equal(ErrorIds.WorkloadInvalid, refused.Error.Id);
        Assert.Contains(fault, refused.Error.Message, StringComparison.Ordinal);
        Assert.Equal(path, refused.Error.Target);
    }

    [Fact]
    public async Task A_workload_chooses_and_does_not_add()
    {
        WorkloadReference reference = new(await GetAsync(new GetWorkloadOptions { Table = ["card*", "email*"] }));
        Assert.Equal(["email"], (await GetAsync(new GetWorkloadOptions { Workload = reference, Table = ["email*"] })).Entities.Select(entity => entity.Name));
        Assert.Equal(["card"], (await GetAsync(new GetWorkloadOptions { Workload = reference, Entity = ["card"] })).Entities.Select(entity => entity.Name));
        await RefusedAsync(ErrorIds.InvalidArgument, new GetWorkloadOptions { Workload = reference, Table = ["other"] });
        await RefusedAsync(ErrorIds.InvalidArgument, new GetWorkloadOptions { Workload = reference, Entity = ["device"] });
        await RefusedAsync(ErrorIds.FileNotFound, new GetWorkloadOptions { Workload = new WorkloadReference(Path.Combine(_folder, "absent.json")) });
        await RefusedAsync(ErrorIds.ObjectNotFound, new GetWorkloadOptions { Workload = new WorkloadReference("fraud") });
    }

    private async Task RefusedAsync(string id, GetWorkloadOptions options) =>
        Assert.Equal(id, (await Assert.ThrowsAsync<LakebaseException>(() => GetAsync(options))).Error.Id);

    private async Task<LakebaseWorkload> GetAsync(GetWorkloadOptions options) =>
        Assert.Single((await RecordingSink.RunAsync(new GetWorkloadOperation(Session, options), Cancel)).Of<LakebaseWorkload>());
}
