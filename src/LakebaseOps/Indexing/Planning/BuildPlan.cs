namespace LakebaseOps.Indexing.Planning;

/// <summary>How one index is to be built.</summary>
internal sealed record IndexChoice
{
    /// <summary>Parallel workers besides the leader.</summary>
    public required int Workers { get; init; }

    /// <summary>maintenance_work_mem.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>What is built.</summary>
    public required PlannedIndex Index { get; init; }

    /// <summary>By how much others at the same time make it longer, as the plan has it.</summary>
    public double Crowd { get; init; } = 1;

    /// <summary>Time it takes beside the others; null when neither it nor a build like it was measured.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>Size it will have; null when not measured.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Temporary files it will write.</summary>
    public long SpillBytes { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Not null when it cannot be built within the limits.</summary>
    public LakebaseError? Refusal { get; init; }
}

/// <summary>What is built when, and how.</summary>
/// <param name="Strategy">How it was chosen.</param>
/// <param name="Slots">Slots for builds that run at once.</param>
/// <param name="Choices">How each index is built; the rule of sizes holds for those that are not there.</param>
/// <param name="Weights">Slots of a table's builds; the rule of the strategy holds for those that are not there.</param>
/// <param name="Seconds">Estimated time of each table's builds, by which the longest come first.</param>
/// <param name="Estimate">Time of all; null when not measured.</param>
/// <param name="Reasons">Reasons that hold for the whole, for a person.</param>
internal sealed record BuildPlan(
    IndexBuildStrategy Strategy, int Slots, IReadOnlyDictionary<(TableName Table, string Index), IndexChoice> Choices,
    IReadOnlyDictionary<TableName, int> Weights, IReadOnlyDictionary<TableName, double> Seconds, TimeSpan? Estimate, IReadOnlyList<string> Reasons)
{
    /// <summary>A plan that rests on rules alone.</summary>
    public static BuildPlan ByRule(IndexBuildStrategy strategy, int? throttle) => new(
        strategy, Math.Max(1, throttle ?? (strategy == IndexBuildStrategy.Defaults ? 1 : BuildSchedule.DefaultSlots)),
        new Dictionary<(TableName, string), IndexChoice>(), new Dictionary<TableName, int>(), new Dictionary<TableName, double>(), null,
        [strategy == IndexBuildStrategy.Defaults
            ? "The server's own settings, one table after the other"
            : "By size: four tables at once, two from 10 GB on, and from 50 GB on one alone"]);

    /// <summary>What was chosen for an index; null where the rule of sizes holds.</summary>
    public IndexChoice? For(TableName table, string index) => Choices.GetValueOrDefault((table, index));
}
