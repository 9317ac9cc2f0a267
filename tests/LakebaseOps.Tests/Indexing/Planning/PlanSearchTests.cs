using LakebaseOps.Indexing.Planning;

namespace LakebaseOps.Tests.Indexing.Planning;

/// <summary>The search keeps within every limit and finds the schedule that a person would.</summary>
public sealed class PlanSearchTests
{
    private const long Megabyte = 1 << 20;
    private static readonly PlanLimits Ample = new(4_096 * Megabyte, 8, 8, null, "");

    // One process takes a second for each million rows; one worker takes 40 % off, three 60 %.
    private static readonly ShapeModel Model = new(
        100_000, 0.05, 60, 100,
        [new(0, 8 * Megabyte, 0.1), new(1, 64 * Megabyte, 0.06), new(3, 128 * Megabyte, 0.04)]);

    [Theory]
    [InlineData(1, 1.0, 1, 3)] // A table by itself has the workers that pay.
    [InlineData(4, 1.0, 1, 3)] // Builds at once gain nothing on one processor.
    [InlineData(4, 4.0, 4, 0)] // As many tables as processors: none needs workers.
    public void Workers_or_tables_at_once_whichever_is_shorter(int tables, double cores, int slots, int workers)
    {
        BuildPlan plan = Search(tables, Ample, new(), cores).Best([]);
        Assert.Equal(slots, plan.Slots);
        Assert.All(plan.Choices.Values, choice => Assert.Equal(workers, choice.Workers));
        Assert.NotNull(plan.Estimate);
    }

    [Fact]
    public void A_table_much_larger_than_the_others_has_workers_and_does_not_hold_them_up()
    {
        PlannedIndex[] indexes = [Index("large", 40_000_000), .. Enumerable.Range(0, 4).Select(number => Index($"t{number}", 1_000_000))];
        BuildPlan plan = new PlanSearch(indexes, new Dictionary<string, ShapeModel> { ["shape"] = Model }, Ample, new(), 4).Best([]);
        Assert.Equal(3, plan.For(indexes[0].Table, "i")!.Workers);
        Assert.Equal(plan.Seconds[indexes[0].Table], plan.Seconds.Values.Max());
        Assert.InRange(plan.Estimate!.Value.TotalSeconds, 20, 30);
    }

    [Fact]
    public void No_limit_is_exceeded()
    {
        Assert.Equal(2, Search(8, Ample with { Builds = 2 }, new(), 8).Best([]).Slots);
        // 8 MB for each build without workers.
        Assert.Equal(3, Search(8, Ample with { MemoryBytes = 24 * Megabyte }, new(), 8).Best([]).Slots);
        Assert.All(Search(1, Ample with { MemoryBytes = 70 * Megabyte }, new(), 8).Best([]).Choices.Values, choice => Assert.Equal(1, choice.Workers));
        Assert.All(Search(1, Ample with { Workers = 1 }, new(), 8).Best([]).Choices.Values, choice => Assert.Equal(1, choice.Workers));
        long spill = Model.SpillBytes(10_000_000, 8 * Megabyte);
        Assert.Equal(2, Search(8, Ample with { TempBytes = 2 * spill }, new(), 8).Best([]).Slots);
    }

    [Fact]
    public void What_the_caller_insists_on_holds()
    {
        IndexChoice choice = Assert.Single(Search(1, Ample, new() { Workers = 1 }, 8).Best([]).Choices.Values);
        Assert.Equal(1, choice.Workers);
    }

    [Fact]
    public void Temporary_files_that_do_not_fit_go_to_memory_or_are_refused_before_anything_is_built()
    {
        long temp = Model.SpillBytes(10_000_000, 8 * Megabyte) - 1;
        IndexChoice inMemory = Assert.Single(Search(1, Ample with { TempBytes = temp }, new(), 4).Best([]).Choices.Values);
        Assert.Null(inMemory.Refusal);
        Assert.True(inMemory.MemoryBytes >= Model.SortBytes(10_000_000));
        IndexChoice refused = Assert.Single(
            Search(1, Ample with { TempBytes = temp, MemoryBytes = 256 * Megabyte }, new(), 4).Best([]).Choices.Values);
        Assert.Equal(ErrorIds.InsufficientSpace, refused.Refusal!.Id);
    }

    [Theory]
    [InlineData(4, 4.0, 1.0)]
    [InlineData(4, 2.0, 2.0)]
    [InlineData(1, 8.0, 4.0)]
    [InlineData(2, 4.0, 2.0)]
    public void Builds_that_share_processors_take_longer(int slots, double cores, double seconds) =>
        Assert.Equal(seconds, Makespan.Of([.. Enumerable.Repeat(new ScheduledBuild(1, 1, 1), 4)], slots, cores), 6);

    [Fact]
    public void Reading_grows_with_the_rows_and_sorting_faster()
    {
        double million = Model.Estimate(1_000_000, Model.Ways[0], concurrently: false);
        Assert.InRange(million, 1.05, 1.15);
        Assert.Equal(0.1, Model.Estimate(100_000, Model.Ways[0], concurrently: false), 6);
        Assert.True(Model.Estimate(1_000_000, Model.Ways[0], concurrently: true) > million);
        Assert.InRange(Model.Estimate(1_000_000, Model.Ways[1], concurrently: false), million * 0.599, million * 0.601);
        Assert.Equal(0, Model.SpillBytes(1_000, 8 * Megabyte));
    }

    private static PlanSearch Search(int tables, PlanLimits limits, BuildIndexOptions options, double cores) => new(
        [.. Enumerable.Range(0, tables).Select(number => Index($"t{number}", 10_000_000))],
        new Dictionary<string, ShapeModel> { ["shape"] = Model }, limits, options, cores);

    private static PlannedIndex Index(string table, double rows) =>
        new(new TableName("public", table), "i", "USING btree (k)", rows, (long)rows * 100, "shape");
}
