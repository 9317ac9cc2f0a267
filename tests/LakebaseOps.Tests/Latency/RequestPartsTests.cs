using System.Globalization;
using LakebaseOps.Latency;
using LakebaseOps.Latency.Runs;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Tests.Latency;

public sealed class RequestPartsTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebase-parts-").FullName;

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }

    [Fact]
    public async Task The_parts_of_every_request_of_every_mode_add_up_to_its_total()
    {
        await InstallAsync();
        await using NpgsqlConnection control = await Session.OpenAsync(Cancel);
        FeatureMode[] modes = Enum.GetValues<FeatureMode>();
        FeatureStatements statements = await FeatureStatements.ReadAsync(control, Options, modes, Cancel);
        IReadOnlyList<KeySpace> spaces = await KeySpaceReader.ReadAsync(control, statements.Plan, KeyRange.Whole, 1, Cancel);
        await using FeaturePool pool = await FeaturePool.OpenAsync(Session, statements, 2, Cancel);
        using SocketEvents events = new();
        ClosedLoop loop = new(statements.Plan, spaces, new FeatureReaders([pool]), new ResponseAudit(statements.Plan, control), clients: 3);
        foreach (FeatureMode mode in modes)
        {
            KeySampler[] samplers = [.. spaces.Select(space => new KeySampler(KeyDistribution.Zipf, space.Count, Options))];
            LatencyCell cell = new(mode, new RequestStream(spaces, samplers, 1, 0, statements.Plan.Requests), quota: 1_000, duration: null, seed: 1);
            cell.Start();
            await loop.RunAsync(cell, long.MaxValue, TimeSpan.FromMinutes(5), Cancel);

            LatencySample[] samples = cell.Samples.Sorted();
            Assert.Equal(1_000, samples.Length);
            Assert.Equal(samples.Length * (mode == FeatureMode.Serial ? 3L : 1L), cell.RoundTrips);
            foreach (LatencySample sample in samples)
            {
                double[] parts = [.. Enumerable.Range(0, RequestClock.Parts).Select(sample.PartUs)];
                Assert.InRange(sample.TotalUs - parts.Sum(), -1, 1);
                Assert.All(parts, part => Assert.True(part >= 0));
                // The socket told its events, so sending and waiting are seen apart.
                Assert.True(parts[(int)RequestPart.Send] > 0 && parts[(int)RequestPart.FirstByte] > 0 && parts[(int)RequestPart.Decode] > 0);
                // A connection lay idle or was waited for, never both, and none was opened.
                Assert.True(parts[(int)RequestPart.PoolIdle] > 0 ^ parts[(int)RequestPart.PoolWait] > 0);
                Assert.Equal((0, 0), (parts[(int)RequestPart.PoolOpen], parts[(int)RequestPart.Lag]));
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3_000.0)]
    public async Task The_parts_of_each_of_ten_thousand_requests_add_up_to_its_total_as_written(double? rate)
    {
        LatencyResult result = await MeasureOneAsync(Options with
        {
            Requests = 10_000, Rate = rate is double given ? [given] : [], Arrival = ArrivalPattern.Constant, MaxInFlight = 8, PoolSize = 2, OutputPath = _folder,
        });
        // An open loop that the machine cannot keep up with leaves requests out and schedules others; a closed one none.
        Assert.True(rate is null ? result.Requests == 10_000 : result.Requests + result.Open!.Skipped >= 10_000, $"{result.Requests}");
        Assert.InRange(result.LargestResidualUs, 0, 1);

        string[] lines = await File.ReadAllLinesAsync(Path.Combine(_folder, RunFolder.ComponentsName), Cancel);
        string[] head = lines[0].Split(',');
        Assert.Equal(Enum.GetNames<RequestPart>().Select(part => $"{part}_us"), head[4..]);
        double[][] rows = [.. lines.Skip(1).Select(line => line.Split(',')[3..].Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(result.Requests, rows.Length);
        Assert.All(rows, row => Assert.InRange(row[0] - row[1..].Sum(), -1, 1));
        foreach (LatencyComponent part in result.Components)
        {
            int column = Array.IndexOf(head, $"{part.Name}_us") - 3;
            Assert.Equal(part.MeanUs, rows.Average(row => row[column]), tolerance: 0.01);
            Assert.Equal(part.Requests, rows.LongCount(row => row[column] > 0));
        }

        string[][] written = [.. lines.Skip(1).Select(line => line.Split(','))];
        foreach (LatencyExemplar slow in result.Slowest)
        {
            string[] row = Assert.Single(written, row => row[1] == slow.Number.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(slow.TotalUs, double.Parse(row[3], CultureInfo.InvariantCulture), tolerance: 0.01);
            Assert.Equal(slow.PartsUs.Values.Sum(), slow.TotalUs, tolerance: 0.01);
            Assert.Equal((FeatureMode.Batch, 64), (slow.Mode, slow.Key.Length));
            Assert.InRange(slow.StartedAt, result.StartedAt, result.StartedAt + result.Duration + TimeSpan.FromMinutes(1));
        }

        RunRecord run = System.Text.Json.JsonSerializer.Deserialize<RunRecord>(
            await File.ReadAllTextAsync(Path.Combine(_folder, LakebaseOps.Workflows.RunFile.Name), Cancel), LakebaseOps.Workflows.RunFile.Json)!;
        Assert.Equal(result.Slowest.Select(slow => (slow.Number, slow.Key)), Assert.Single(run.Latencies).Slowest.Select(slow => (slow.Number, slow.Key)));
    }
}
