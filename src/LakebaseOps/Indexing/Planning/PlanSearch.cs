using System.Globalization;

namespace LakebaseOps.Indexing.Planning;

/// <summary>Tries every sensible schedule in thought and keeps the shortest.</summary>
/// <param name="indexes">What is to be built.</param>
/// <param name="models">Costs of every shape, measured or assumed.</param>
/// <param name="limits">What all builds together may take.</param>
/// <param name="options">What the caller insists on.</param>
/// <param name="cores">Processors that builds at once get; null when not measured.</param>
internal sealed class PlanSearch(
    IReadOnlyList<PlannedIndex> indexes, IReadOnlyDictionary<string, ShapeModel> models, PlanLimits limits, BuildIndexOptions options, double? cores)
{
    private const long Megabyte = 1 << 20;

    // What is taken for the processors that builds at once get until it is measured.
    private const int GuessedCores = 4;

    // A schedule that takes more of the server has to be better by this.
    private const double Worth = 0.97;
    private const int MostAlone = 4;

    // The leader merges once more what the workers have sorted.
    private const double WorkerOverhead = 1.1;

    // Workers that save less than this are left to others.
    private const double WorthWorkers = 0.93;

    private static readonly int[] Widths = [1, 2, 3, 4, 6, 8];

    private readonly TableName[] _tables = [.. indexes.Select(index => index.Table).Distinct()];
    private readonly double _cores = cores ?? GuessedCores;

    private IReadOnlyList<PlannedIndex> Indexes => indexes;

    private PlanLimits Limits => limits;

    /// <summary>The shortest schedule that keeps within the limits.</summary>
    public BuildPlan Best(IReadOnlyList<string> reasons)
    {
        Candidate best = Candidates().Aggregate((kept, next) =>
            next.Fits && (!kept.Fits || next.Seconds < kept.Seconds * Worth) ? next : kept);
        double crowd = best.Slots == 1 ? 1 : Math.Max(1, Math.Min(best.Slots, _tables.Length) * best.Cores / Math.Max(_cores, best.Cores));
        Dictionary<(TableName, string), IndexChoice> choices = [];
        foreach (PlannedIndex index in indexes)
            choices[(index.Table, index.Name)] = Choice(index, best.Workers[index.Table], best.Weights[index.Table] >= best.Slots ? 1 : crowd);
        bool measured = indexes.All(index => models[index.Shape].IsKnown);
        TimeSpan? estimate = measured ? TimeSpan.FromSeconds(best.Seconds) : null;
        string how = _tables.Length == 1 ? "One table" : best.Slots == 1
            ? $"{_tables.Length} tables, one after the other, the longest first"
            : $"{_tables.Length} tables, {best.Slots} at once, the longest first"
                + (best.Weights.Values.Any(weight => weight > 1) ? $"; {best.Weights.Values.Count(weight => weight > 1)} of them alone, with workers" : "");
        if (estimate is TimeSpan time)
            how += string.Create(CultureInfo.InvariantCulture, $": about {time.TotalSeconds:0.0} s");
        return new BuildPlan(
            IndexBuildStrategy.Planned, best.Slots, choices, best.Weights, best.TableSeconds, estimate, [how, .. reasons]);
    }

    private IEnumerable<Candidate> Candidates()
    {
        int[] workers = options.Workers is int wanted ? [wanted]
            : [.. models.Values.SelectMany(model => model.Ways).Select(way => way.Workers).Append(0).Distinct().Order()];
        foreach (int slots in Widths.Where(width => width <= Math.Min(limits.Builds, _tables.Length)))
        {
            foreach (int count in workers)
                yield return new Candidate(this, slots, count, 0);
            for (int alone = 1; slots > 1 && alone <= Math.Min(MostAlone, _tables.Length - 1); alone++)
            {
                foreach (int count in workers.Where(count => count > 0))
                    yield return new Candidate(this, slots, count, alone);
            }
        }
    }

    private MeasuredWay Way(PlannedIndex index, int workers)
    {
        ShapeModel model = models[index.Shape];
        // Fewer where more did not pay for this shape.
        return model.Ways.Where(way => options.Workers is int wanted ? way.Workers == wanted : way.Workers <= workers).OrderBy(way => way.Workers)
            .DefaultIfEmpty(model.Ways[0])
            .Aggregate((kept, next) => model.Estimate(index.Rows, next, false) < WorthWorkers * model.Estimate(index.Rows, kept, false) ? next : kept);
    }

    private double Seconds(PlannedIndex index, MeasuredWay way) =>
        models[index.Shape].Estimate(index.Rows, way, !options.Offline);

    private double SpillBytes(PlannedIndex index, MeasuredWay way) => models[index.Shape].SpillBytes(index.Rows, way.MemoryBytes);

    private IndexChoice Choice(PlannedIndex index, int workers, double crowd)
    {
        MeasuredWay way = Way(index, workers);
        ShapeModel model = models[index.Shape];
        long memory = way.MemoryBytes;
        long spill = model.SpillBytes(index.Rows, memory);
        LakebaseError? refusal = null;
        string temp = spill == 0 ? "sorts in memory" : string.Create(CultureInfo.InvariantCulture, $"writes {spill / Megabyte:N0} MB of temporary files");
        if (spill > limits.TempBytes)
        {
            // What does not fit on the disk may fit into memory.
            long all = model.SortBytes(index.Rows) / 100 * 105;
            if (options.MemoryBytes is null && all <= limits.MemoryBytes)
                (memory, spill, temp) = (all, 0, "sorts in memory, for its temporary files would not fit");
            else
                refusal = Refuse(index, spill, all);
        }

        IndexChoice choice = new()
        {
            Index = index,
            Workers = way.Workers,
            MemoryBytes = memory,
            SpillBytes = spill,
            Crowd = crowd,
            Refusal = refusal,
            Reason = string.Create(CultureInfo.InvariantCulture, $"{index.Rows:N0} rows, {way.Workers} worker(s), {memory / Megabyte:N0} MB"),
        };
        if (!model.IsKnown)
            return choice with { Reason = $"{choice.Reason}, not sampled: {model.Unmeasured}; {temp}" };
        double seconds = model.Estimate(index.Rows, way, !options.Offline) * crowd;
        string past = model.Past is null ? "" : string.Create(CultureInfo.InvariantCulture, $"the last one like it took {model.Past.Seconds:0.0} s for {model.Past.Rows:N0} rows");
        choice = choice with
        {
            Estimate = TimeSpan.FromSeconds(seconds),
            Reason = string.Create(CultureInfo.InvariantCulture, $"{choice.Reason}, about {seconds:0.0} s"),
        };
        if (model.Unmeasured is not null)
            return choice with { Reason = $"{choice.Reason}: {past}; {temp}" };
        MeasuredWay single = model.Single;
        string gain = way.Workers == 0
            ? model.Ways.Any(other => other.Workers > 0) ? "workers do not pay" : "too short for workers"
            : way.IsAssumed ? "a worker is known to pay for such a key and so many rows"
            : string.Create(CultureInfo.InvariantCulture, $"{way.Workers} worker(s) take {way.Seconds / single.Seconds:P0} of the time of one process");
        return choice with
        {
            SizeBytes = model.IndexBytes(index.Rows),
            Reason = string.Create(CultureInfo.InvariantCulture,
                $"{choice.Reason}: {gain}, sorting is {model.SortShare:P0} of it{(past.Length > 0 ? "; " : "")}{past}; {temp}"),
        };
    }

    private LakebaseError Refuse(PlannedIndex index, long spill, long all) => new(
        ErrorIds.InsufficientSpace, LakebaseErrorKind.Limit, string.Create(CultureInfo.InvariantCulture,
            $"The build of {TableName.Quote(index.Name)} on {index.Table} would write about {spill / Megabyte:N0} MB of temporary files, and {limits.TempBytes!.Value / Megabyte:N0} MB may be used."))
    {
        Target = index.Table.ToString(),
        Remedy = string.Create(CultureInfo.InvariantCulture,
            $"Give -MaxTempBytes if there is more room, -MaxMemoryBytes {(all / Megabyte) + 1:N0}MB to sort in memory, or -Strategy Hybrid to build without this check."),
    };

    /// <summary>One schedule: so many tables at once, with workers for all of them or for the longest, which are then alone.</summary>
    private sealed class Candidate
    {
        public Candidate(PlanSearch search, int slots, int workers, int alone)
        {
            Slots = slots;
            Dictionary<TableName, double> single = search._tables.ToDictionary(table => table, table => Sum(search, table, alone > 0 ? 0 : workers));
            TableName[] order = [.. search._tables.OrderByDescending(table => single[table])];
            List<ScheduledBuild> builds = [];
            for (int at = 0; at < order.Length; at++)
            {
                TableName table = order[at];
                int count = alone == 0 || at < alone ? workers : 0;
                double seconds = Sum(search, table, count);
                double busy = count == 0 ? 1 : Math.Clamp(Sum(search, table, 0) / seconds * WorkerOverhead, 1, count + 1);
                Workers[table] = count;
                Weights[table] = alone > 0 && at < alone ? slots : 1;
                TableSeconds[table] = seconds;
                builds.Add(new ScheduledBuild(seconds, busy, Weights[table]));
                Cores = Math.Max(Cores, Weights[table] == 1 ? busy : 1);
            }

            Seconds = Makespan.Of([.. builds.OrderByDescending(build => build.Slots).ThenByDescending(build => build.Seconds)], slots, search._cores);
            (PlannedIndex Index, MeasuredWay Way)[] all = [.. search._tables.Select(table => search.Indexes.Where(index => index.Table == table)
                .Select(index => (index, search.Way(index, Workers[table]))).MaxBy(one => one.Item2.MemoryBytes))];
            double memory = Shared(all.Select(one => ((double)one.Way.MemoryBytes, Weights[one.Index.Table])));
            double temp = Shared(all.Select(one => (search.SpillBytes(one.Index, one.Way), Weights[one.Index.Table])));
            double processes = Shared(all.Select(one => ((double)one.Way.Workers, Weights[one.Index.Table])));
            Fits = memory <= search.Limits.MemoryBytes && !(slots > 1 && temp > search.Limits.TempBytes) && processes <= search.Limits.Workers;
        }

        public int Slots { get; }

        public double Seconds { get; }

        public double Cores { get; } = 1;

        public bool Fits { get; }

        public Dictionary<TableName, int> Workers { get; } = [];

        public Dictionary<TableName, int> Weights { get; } = [];

        public Dictionary<TableName, double> TableSeconds { get; } = [];

        // The most that builds at once take together: those that share slots, or one alone.
        private double Shared(IEnumerable<(double Value, int Weight)> values)
        {
            (double Value, int Weight)[] all = [.. values];
            double beside = all.Where(one => one.Weight < Slots || Slots == 1).Select(one => one.Value).OrderDescending().Take(Slots).Sum();
            return Math.Max(beside, all.Where(one => one.Weight >= Slots).Select(one => one.Value).DefaultIfEmpty(0).Max());
        }

        private static double Sum(PlanSearch search, TableName table, int workers) =>
            search.Indexes.Where(index => index.Table == table).Sum(index => search.Seconds(index, search.Way(index, workers)));
    }
}
