using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>Makes the plan of a run: samples each shape of index once where that pays, and the server's processors if several tables wait.</summary>
/// <param name="session">Where.</param>
/// <param name="options">What the caller wants.</param>
/// <param name="sink">Hears how far it is; null for none.</param>
/// <param name="sampleShare">Share of the time of builds that sampling may take.</param>
internal sealed class BuildPlanner(PostgresSession session, BuildIndexOptions options, IOperationSink? sink, double sampleShare = PriorCost.SampleShare)
{
    private const string Activity = "Planning index builds";

    // Shorter runs end before it is known how many builds at once they are worth.
    private const double LongSeconds = 20;
    private const int ProbeRows = 50_000;

    /// <summary>Builds that run at the same time, each with a plan of its own: each takes its part of what the server has.</summary>
    public int Sharing { get; init; } = 1;

    private readonly Dictionary<string, ShapeModel> _models = [];
    private readonly List<string> _reasons = [];

    /// <summary>Plans; the tables are in no order.</summary>
    public async Task<BuildPlan> PlanAsync(IReadOnlyList<PlannedIndex> indexes, CancellationToken cancellationToken)
    {
        if (options.Strategy != IndexBuildStrategy.Planned || indexes.Count == 0)
            return BuildPlan.ByRule(options.Strategy, options.ThrottleLimit);
        long start = Stopwatch.GetTimestamp();
        try
        {
            NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                PlanLimits limits = (await PlanLimits.ReadAsync(session, connection, options, cancellationToken).ConfigureAwait(false)).Among(Sharing);
                _reasons.Add($"Limits: {limits.Reason}");
                await SampleAsync(connection, indexes, limits, cancellationToken).ConfigureAwait(false);
                await RecallAsync(connection, indexes, cancellationToken).ConfigureAwait(false);
                double? cores = await CoresAsync(connection, indexes, limits, cancellationToken).ConfigureAwait(false);
                if (_models.Values.Count(model => model.Unmeasured is null) is int sampled and > 0)
                {
                    _reasons.Add(string.Create(CultureInfo.InvariantCulture,
                        $"Sampled {sampled} shape(s) of index in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s; nothing of it is left"));
                }

                return new PlanSearch(indexes, _models, limits, options, cores).Best(_reasons);
            }
        }
        finally
        {
            sink?.Report(new OperationProgress(Activity, "") { IsCompleted = true });
        }
    }

    private async Task SampleAsync(
        NpgsqlConnection connection, IReadOnlyList<PlannedIndex> indexes, PlanLimits limits, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, PlannedIndex> shape in indexes.GroupBy(index => index.Shape))
        {
            PlannedIndex largest = shape.MaxBy(index => index.Rows)!;
            double seconds = shape.Sum(PriorCost.Seconds);
            double cost = PriorCost.SampleSeconds(largest);
            if (cost > sampleShare * seconds)
            {
                Assume(string.Create(CultureInfo.InvariantCulture, $"that would take {cost:0.0} s, and building {seconds:0.0} s or more"));
                continue;
            }

            sink?.Report(new OperationProgress(Activity, $"sample of {largest.Table}"));
            try
            {
                if (await new ShapeSampler(connection, largest, limits, options).FitAsync(cancellationToken).ConfigureAwait(false) is ShapeModel model)
                    _models.Add(shape.Key, model);
                else
                    Assume("too few rows");
            }
            catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
            {
                Assume($"no sample could be built ({refused.MessageText})");
            }

            void Assume(string why) => _models.Add(
                shape.Key, PriorCost.Model(largest, limits, options, why));
        }
    }

    private async Task RecallAsync(NpgsqlConnection connection, IReadOnlyList<PlannedIndex> indexes, CancellationToken cancellationToken)
    {
        foreach ((string shape, PastBuild past) in await PastBuild.ReadAsync(connection, _models.Keys, cancellationToken).ConfigureAwait(false))
        {
            if (past.IsNear(indexes.Where(index => index.Shape == shape).Max(index => index.Rows)))
                _models[shape] = _models[shape].After(past);
        }
    }

    /// <summary>How many processors builds really get: the same build in one session, in two, in four, as long as it pays.</summary>
    private async Task<double?> CoresAsync(
        NpgsqlConnection connection, IReadOnlyList<PlannedIndex> indexes, PlanLimits limits, CancellationToken cancellationToken)
    {
        PlannedIndex[] measured = [.. indexes.Where(index => _models[index.Shape].Unmeasured is null)];
        int tables = measured.Select(index => index.Table).Distinct().Count();
        int most = Math.Min(tables, limits.Builds);
        if (most < 2 || measured.Sum(index => _models[index.Shape].Estimate(index.Rows, _models[index.Shape].Single, !options.Offline)) < LongSeconds)
            return null;
        sink?.Report(new OperationProgress(Activity, "builds at once"));
        PlannedIndex largest = measured.MaxBy(index => index.Rows)!;
        List<NpgsqlConnection> others = [];
        List<IndexSample> samples = [];
        try
        {
            samples.Add(await TakeAsync(connection).ConfigureAwait(false));
            double alone = await TogetherAsync().ConfigureAwait(false);
            double cores = 1;
            for (int count = 2; count <= most; count *= 2)
            {
                while (samples.Count < count)
                {
                    others.Add(await session.OpenAsync(cancellationToken).ConfigureAwait(false));
                    samples.Add(await TakeAsync(others[^1]).ConfigureAwait(false));
                }

                double got = count * alone / await TogetherAsync().ConfigureAwait(false);
                if (got < cores * 1.1)
                    break;
                cores = Math.Min(count, got);
                if (cores < count * 0.75)
                    break;
            }

            _reasons.Add(string.Create(CultureInfo.InvariantCulture, $"Builds at once get {cores:0.0} times the work of one done"));
            return cores;
        }
        catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
        {
            _reasons.Add($"Builds at once could not be tried ({refused.MessageText})");
            return null;
        }
        finally
        {
            foreach (IndexSample sample in samples)
                await sample.DisposeAsync().ConfigureAwait(false);
            foreach (NpgsqlConnection other in others)
                await other.DisposeAsync().ConfigureAwait(false);
        }

        async Task<IndexSample> TakeAsync(NpgsqlConnection on)
        {
            IndexSample sample = await IndexSample
                .TakeAsync(on, largest.Table, largest.Rows, ProbeRows, ordinary: true, cancellationToken).ConfigureAwait(false);
            await sample.UseAsync(0, _models[largest.Shape].Single.MemoryBytes, cancellationToken).ConfigureAwait(false);
            return sample;
        }

        async Task<double> TogetherAsync()
        {
            double best = double.MaxValue;
            for (int round = 0; round < 3; round++)
            {
                long start = Stopwatch.GetTimestamp();
                await Task.WhenAll(samples.Select(sample => sample.TimeAsync(largest.Clause, 1, cancellationToken))).ConfigureAwait(false);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return best;
        }
    }
}
