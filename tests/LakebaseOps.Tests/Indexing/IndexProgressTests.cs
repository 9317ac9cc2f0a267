using LakebaseOps.Indexing;

namespace LakebaseOps.Tests.Indexing;

public sealed class IndexProgressTests
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void The_share_done_never_falls_from_phase_to_phase(bool spills, bool slow)
    {
        (string Phase, double Blocks, double Tuples)[] steps =
        [
            ("initializing", 0, 0), ("building index: scanning table", 0.1, 0), ("building index: scanning table", 1, 0),
            ("building index: sorting live tuples", 0, 0), ("building index: loading tuples in tree", 0, 0), ("building index: loading tuples in tree", 0, 1),
            ("index validation: scanning index", 0, 0), ("index validation: scanning index", 1, 0), ("index validation: sorting tuples", 0, 0),
            ("index validation: scanning table", 0, 0), ("index validation: scanning table", 1, 0),
        ];
        double[] percents = [.. steps.Select(step => IndexProgress.Percent(step.Phase, concurrently: true, spills, slow, step.Blocks, step.Tuples)!.Value)];
        Assert.Equal(percents.Order(), percents);
        Assert.Equal(100, percents[^1]);
        Assert.Equal(100, IndexProgress.Percent("building index: loading tuples in tree", concurrently: false, spills, slow, 0, 1)!.Value, 6);
        Assert.Null(IndexProgress.Percent("waiting for writers before build", concurrently: true, spills, slow, 0, 0));
    }

    [Fact]
    public void Time_left_is_the_plans_at_first_and_the_builds_own_from_a_quarter_on()
    {
        Assert.Equal(TimeSpan.FromSeconds(99), IndexProgress.Left(TimeSpan.FromSeconds(1), 0, TimeSpan.FromSeconds(100)));
        Assert.Equal(TimeSpan.FromSeconds(30), IndexProgress.Left(Ten, 25, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromSeconds(30), IndexProgress.Left(Ten, 25, null));
        Assert.Null(IndexProgress.Left(Ten, 1, null));
        // Half way to a quarter both count alike: 70 s by what it took, 20 s by the plan.
        Assert.Equal(45, IndexProgress.Left(Ten, 12.5, TimeSpan.FromSeconds(30))!.Value.TotalSeconds, 6);
        Assert.Equal(TimeSpan.Zero, IndexProgress.Left(Ten, 1, TimeSpan.FromSeconds(5)));
    }
}
