using LakebaseOps.Latency.RoundTrips;

namespace LakebaseOps.Tests.Latency.RoundTrips;

/// <summary>Tests that tell times apart and so run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}

[Collection(Alone.Name)]
public sealed class RoundTripProofTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private const int Attempts = 4;

    [Fact]
    public async Task Each_mode_takes_the_round_trips_it_claims()
    {
        await InstallAsync();
        FeatureMode[] open = Enum.GetValues<FeatureMode>();
        int proven = 0;
        // A machine that is busy with other things may leave a mode unclear, or bend its line; a round trip too many is there every time, and is a whole one.
        for (int attempt = 1; open.Length > 0 && attempt <= Attempts; attempt++)
        {
            RecordingSink sink = await RecordingSink.RunAsync(
                new LakebaseOps.Latency.MeasureFeatureLatencyOperation(Session, Options with { Mode = open, Requests = 20, ProveRoundTrips = true }), Cancel);
            RoundTripProof[] proofs = [.. sink.Of<LatencyResult>().Select(result => result.RoundTripProof!)];
            Assert.Equal(open.Order(), proofs.Select(proof => proof.Mode).Order());
            foreach (RoundTripProof proof in proofs)
            {
                string all = $"{proof.Mode} {proof.Slope:F4} ({proof.Low:F4} to {proof.High:F4}), {proof.Rounds} rounds: {string.Join(" ", proof.Points)}";
                TestContext.Current.TestOutputHelper!.WriteLine(all);
                Assert.Equal(proof.Mode == FeatureMode.Serial ? 3 : 1, proof.Expected);
                Assert.Equal([0, 1, 2, 5], proof.Points.Select(point => point.DelayMs));
                // The link was never early, and how late it was is known.
                Assert.All(proof.Points, point => Assert.True(point.InjectedMs >= point.DelayMs && point.LatencyMs > point.InjectedMs, all));
                Assert.True(IsDone(proof) || attempt < Attempts || Math.Abs(proof.Slope - proof.Expected) < 0.1 * proof.Expected, all);
                proven += proof.Verdict == RoundTripVerdict.Proven ? 1 : 0;
                Assert.Equal(proof.Verdict == RoundTripVerdict.Proven, Math.Abs(proof.Slope - proof.Expected) <= 0.02 * proof.Expected && proof.High - proof.Low <= 0.04 * proof.Expected);
                Assert.Contains(
                    proof.Verdict == RoundTripVerdict.Proven ? sink.Milestones : sink.Warnings,
                    line => line.StartsWith($"{proof.Mode}: ", StringComparison.Ordinal) && line.EndsWith($"expected {proof.Expected}: {proof.Verdict}", StringComparison.Ordinal));
            }

            open = [.. proofs.Where(proof => !IsDone(proof)).Select(proof => proof.Mode)];
        }

        Assert.True(proven > Enum.GetValues<FeatureMode>().Length / 2, $"{proven} modes were proven.");
    }

    [Theory]
    [InlineData(1, 1, RoundTripVerdict.Proven)]
    [InlineData(2, 1, RoundTripVerdict.Refuted)]
    [InlineData(1.05, 1, RoundTripVerdict.Refuted)]
    [InlineData(30, 30, RoundTripVerdict.Proven)]
    [InlineData(29, 30, RoundTripVerdict.Refuted)]
    public void A_slope_says_whether_the_claim_holds(double truth, int claimed, RoundTripVerdict verdict)
    {
        RoundTripProof proof = Simulated(truth, claimed, noise: 0.002 * claimed);
        Assert.Equal(verdict, proof.Verdict);
        Assert.InRange(proof.Slope, proof.Low, proof.High);
        Assert.Equal(truth, proof.Slope, tolerance: 0.01 * claimed);
    }

    [Fact]
    public void Latencies_that_scatter_prove_nothing() => Assert.Equal(RoundTripVerdict.Unclear, Simulated(1, 1, noise: 4).Verdict);

    // Its connections travel at the same time, and on few processors wait for one another: it is not refuted, and may stay unclear.
    private static bool IsDone(RoundTripProof proof) => proof.Verdict == RoundTripVerdict.Proven
        || (proof.Verdict == RoundTripVerdict.Unclear && proof.Mode == FeatureMode.Parallel);

    private static RoundTripProof Simulated(double slope, int claimed, double noise)
    {
        Random random = new(20_261_122);
        RoundTripSlope rounds = new(claimed);
        for (int round = 0; round < 12; round++)
        {
            rounds.Add([.. new[] { 0.0, 1, 2, 5 }.Select(delay => new RoundTripPoint(
                delay, delay, delay + 0.05, 0.3 + (slope * (delay + 0.05)) + (noise * random.NextDouble())))]);
        }

        return rounds.Proof(FeatureMode.Batch, 1);
    }
}
