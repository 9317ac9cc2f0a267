using LakebaseOps.Indexing;

namespace LakebaseOps.Tests.Indexing;

public sealed class IndexProgressTests
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);

    public static TheoryData<bool, bool, bool, int> Kinds
    {
        get
        {
            TheoryData<bool, bool, bool, int> kinds = [];
            bool[] both = [false, true];
            foreach (bool slow in both)
            {
                foreach (bool variable in both)
                {
                    foreach (bool spills in both)
                    {
                        kinds.Add(slow, variable, spills, 0);
                        kinds.Add(slow, variable, spills, 1);
                    }
                }
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_share_done_never_falls_from_phase_to_phase(bool slow, bool variable, bool spills, int workers)
    {
        BuildShares shares = BuildShares.Of(Shape(slow, variable), spills, workers, run: 0.2);
        Assert.InRange(shares.Scan + shares.Sort, 0.5, 0.9);
        (string Phase, double Blocks, double Tuples)[] steps =
        [
            ("initializing", 0, 0), ("building index: scanning table", 0.1, 0), ("building index: scanning table", 1, 0),
            ("building index: sorting live tuples", 0, 0), ("building index: loading tuples in tree", 0, 0), ("building index: loading tuples in tree", 0, 1),
            ("index validation: scanning index", 0, 0), ("index validation: scanning index", 1, 0), ("index validation: sorting tuples", 0, 0),
            ("index validation: scanning table", 0, 0), ("index validation: scanning table", 1, 0),
        ];
        double[] percents = [.. steps.Select(step => IndexProgress.Percent(step.Phase, concurrently: true, shares, step.Blocks, step.Tuples)!.Value)];
        Assert.Equal(percents.Order(), percents);
        Assert.Equal(100, percents[^1]);
        Assert.Equal(100, IndexProgress.Percent("building index: loading tuples in tree", concurrently: false, shares, 0, 1)!.Value, 6);
        Assert.Null(IndexProgress.Percent("waiting for writers before build", concurrently: true, shares, 0, 0));
    }

    [Theory]
    // Where builds of 3 and 4 million rows stood after a quarter of their time (PostgreSQL 15), and what part of the table filled the memory of their
    // sort: their end is foretold by what they took so far. One of seven of one process and keys of fixed length stood at 0.30, one of rows of 16
    // columns at 0.33, and one of 20 million rows and a worker at 0.67: of these it is not true.
    [InlineData(false, false, 0, 0.02, 0.35)]
    [InlineData(false, false, 0, 0.02, 0.39)]
    [InlineData(false, true, 0, 0.03, 0.42)]
    [InlineData(false, true, 1, 0.14, 0.49)]
    [InlineData(true, true, 0, 0.03, 0.36)]
    [InlineData(true, true, 0, 0.03, 0.42)]
    [InlineData(true, true, 1, 0.14, 0.34)]
    [InlineData(true, true, 1, 0.14, 0.46)]
    [InlineData(false, false, 1, 0.24, 0.34)]
    [InlineData(false, false, 1, 0.24, 0.37)]
    [InlineData(false, false, 1, 0.24, 0.42)]
    public void A_quarter_of_the_time_foretells_the_end(bool slow, bool variable, int workers, double run, double blocks)
    {
        BuildShares shares = BuildShares.Of(Shape(slow, variable), spills: true, workers, run);
        double percent = IndexProgress.Percent("building index: scanning table", concurrently: false, shares, blocks, 0)!.Value;
        TimeSpan end = Ten / 4 + IndexProgress.Left(Ten / 4, percent, estimate: null)!.Value;
        Assert.InRange(end / Ten, 0.8, 1.2);
    }

    [Fact]
    public void Time_left_is_the_plans_at_first_and_more_and_more_the_builds_own()
    {
        Assert.Equal(TimeSpan.FromSeconds(99), IndexProgress.Left(TimeSpan.FromSeconds(1), 0, TimeSpan.FromSeconds(100)));
        Assert.Equal(TimeSpan.FromSeconds(30), IndexProgress.Left(Ten, 25, null));
        Assert.Null(IndexProgress.Left(Ten, 1, null));
        // By what it took 30 s are left, by the plan 10: half of the plan's time is over.
        Assert.Equal(20, IndexProgress.Left(Ten, 25, TimeSpan.FromSeconds(20))!.Value.TotalSeconds, 6);
        // Half is done, a tenth of the plan's time is over: 10 s and 90.
        Assert.Equal(50, IndexProgress.Left(Ten, 50, TimeSpan.FromSeconds(100))!.Value.TotalSeconds, 6);
        // The plan's time is over: it counts no more.
        Assert.Equal(TimeSpan.FromSeconds(30), IndexProgress.Left(Ten, 25, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.Zero, IndexProgress.Left(Ten, 1, TimeSpan.FromSeconds(5)));
    }

    private static IndexShape Shape(bool slow, bool variable) => new("USING btree (k)", IsUnique: false, ["k"], slow, variable);
}
