using LakebaseOps.Latency;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Tests.Latency;

public sealed class RequestPartsTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    [Fact]
    public async Task The_parts_of_ten_thousand_requests_add_up_to_each_total()
    {
        await InstallAsync();
        await using NpgsqlConnection control = await Session.OpenAsync(Cancel);
        FeatureMode[] modes = Enum.GetValues<FeatureMode>();
        FeatureStatements statements = await FeatureStatements.ReadAsync(control, Options, modes, Cancel);
        IReadOnlyList<KeySpace> spaces = await KeySpaceReader.ReadAsync(control, statements.Plan, KeyRange.Whole, 1, Cancel);
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, statements, 2, Cancel);
        using SocketEvents events = new();
        ClosedLoop loop = new(statements.Plan, spaces, pool, new ResponseAudit(statements.Plan, control), clients: 3);
        foreach (FeatureMode mode in modes)
        {
            KeySampler[] samplers = [.. spaces.Select(space => new KeySampler(KeyDistribution.Zipf, space.Count, Options))];
            LatencyCell cell = new(mode, new RequestStream(spaces, samplers, 1, 0, statements.Plan.Requests), quota: 2_500, duration: null, seed: 1);
            cell.Start();
            await loop.RunAsync(cell, long.MaxValue, TimeSpan.FromMinutes(5), Cancel);

            LatencySample[] samples = cell.Samples.Sorted();
            Assert.Equal(2_500, samples.Length);
            Assert.Equal(samples.Length * (mode == FeatureMode.Serial ? 3L : 1L), cell.RoundTrips);
            foreach (LatencySample sample in samples)
            {
                double[] parts = [.. Enumerable.Range(0, RequestClock.Parts).Select(sample.PartUs)];
                Assert.InRange(sample.TotalUs - parts.Sum(), -1, 1);
                Assert.All(parts, part => Assert.True(part >= 0));
                // The socket told its events, so sending and waiting are seen apart.
                Assert.True(parts[(int)RequestPart.Send] > 0 && parts[(int)RequestPart.FirstByte] > 0 && parts[(int)RequestPart.Decode] > 0);
            }
        }
    }

    [Fact]
    public async Task Clients_that_share_a_connection_wait_for_the_pool()
    {
        LatencyResult result = await MeasureOneAsync(Options with { Clients = [6], PoolSize = 1, Requests = 600 });
        LatencyComponent wait = result.Components.Single(part => part.Name == nameof(RequestPart.PoolWait));
        // Five others are served first: by far the most of the time, whatever the machine's speed.
        Assert.True(wait.MeanUs > result.Components.Sum(part => part.MeanUs) / 2);
        Assert.Equal(0, result.Errors);
    }
}
