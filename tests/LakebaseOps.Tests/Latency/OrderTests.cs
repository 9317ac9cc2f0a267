using LakebaseOps.Latency;
using LakebaseOps.Latency.Histograms;
using LakebaseOps.Latency.Statistics;
using LakebaseOps.Tests.Latency.Statistics;

namespace LakebaseOps.Tests.Latency;

/// <summary>The order in which modes are measured favours none.</summary>
public sealed class OrderTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private static readonly Simulation Plain = new(0, false);

    [Fact]
    public void Every_order_of_a_round_is_as_likely_as_any_other()
    {
        SeededRandom random = SeededRandom.For(1, 0x0DE5);
        Dictionary<string, int> orders = [];
        for (int round = 0; round < 6_000; round++)
        {
            string order = new(LatencyRun.Shuffled(['a', 'b', 'c'], ref random));
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(6, orders.Count);
        // Five standard deviations of a binomial count with p = 1/6.
        Assert.All(orders.Values, count => Assert.InRange(count, 1_000 - 145, 1_000 + 145));
    }

    [Fact]
    public void A_server_that_warms_up_all_along_makes_the_same_mode_equal_in_rounds_and_faster_later_one_after_the_other()
    {
        SeededRandom random = new(11);
        LatencyResult[] rounds = Drifting(interleaved: true, ref random);
        // As cells of one run are compared: round by round.
        Assert.Equal(LatencyVerdict.Same, CellComparison.Of([(rounds[0], rounds[2])], [50], margin: 0.03, paired: true)[0].Verdict);
        LatencyResult[] after = Drifting(interleaved: false, ref random);
        LatencyComparison unfair = CellComparison.Of([(after[0], after[2])], [50], margin: 0.03, paired: true)[0];
        Assert.Equal(LatencyVerdict.Faster, unfair.Verdict);
        Assert.InRange(unfair.Percentiles[0].Ratio!.Value, 0.70, 0.80);
    }

    [Fact]
    public async Task The_same_mode_first_and_last_sends_other_keys_of_the_same_kind_and_agrees()
    {
        IReadOnlyList<LatencyResult> cells = await MeasureAsync(Options with
        {
            Mode = [FeatureMode.Batch, FeatureMode.Union, FeatureMode.Serial, FeatureMode.Batch], Requests = Soak.Cases(600, 20_000), WarmUpLimit = Soak.Cases(200, 20_000),
        });
        Assert.Equal(4, cells.Select(cell => cell.Tag).Distinct().Count());
        // Each has a stream of keys of its own: hardly any of the slowest requests asked for the same.
        Assert.NotEqual(cells[0].Slowest.Select(request => request.Key), cells[3].Slowest.Select(request => request.Key));
        Assert.Equal((cells[0].HitShare, cells[0].RowsVerified), (cells[3].HitShare, cells[3].RowsVerified));
        LatencyComparison same = Simulation.Compare(cells[0], cells[3], 50);
        PercentileComparison median = same.Percentiles[0];
        TestContext.Current.SendDiagnosticMessage($"Batch last against first: {median.Ratio:F3} ({median.RatioLow:F3} to {median.RatioHigh:F3}), {same.Verdict}");
        // A control: what the interval leaves open must hold "no difference", generously in the suite and to the margin in a soak.
        double margin = Soak.IsOn ? 0.03 : 0.5;
        Assert.True(median.RatioLow <= 1 + margin && median.RatioHigh >= 1 - margin, $"{median.RatioLow:F3} to {median.RatioHigh:F3}");
    }

    /// <summary>Three cells of one truth on a server that gets faster by a third over the whole time.</summary>
    private static LatencyResult[] Drifting(bool interleaved, ref SeededRandom random)
    {
        const int Rounds = 20, Requests = 2_000, Cells = 3;
        List<LatencyRound>[] rounds = [[], [], []];
        int block = 0;
        foreach (int cell in Order(interleaved, Rounds, ref random))
        {
            double factor = 1.5 - (0.5 * block++ / (Rounds * Cells));
            LatencyHistogram histogram = new();
            foreach (float time in Plain.Series(Requests, ref random))
                histogram.Record((long)(time * factor));
            rounds[cell].Add(new LatencyRound(Requests, Convert.ToBase64String(HistogramCodec.Encode(histogram))));
        }

        return
        [
            .. rounds.Select(own => new LatencyResult
            {
                Mode = FeatureMode.Batch, Distribution = "Uniform", Loop = "closed loop, 1 client", Requests = Rounds * Requests, Rounds = own,
            }),
        ];
    }

    private static List<int> Order(bool interleaved, int rounds, ref SeededRandom random)
    {
        List<int> order = [];
        for (int round = 0; round < rounds; round++)
            order.AddRange(LatencyRun.Shuffled([0, 1, 2], ref random));
        return interleaved ? order : [.. order.Order()];
    }
}
