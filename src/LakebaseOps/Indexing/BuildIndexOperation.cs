using System.Diagnostics;
using System.Runtime.CompilerServices;
using LakebaseOps.Connections;
using LakebaseOps.Indexing.Planning;
using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>Build-LakebaseIndex.</summary>
[Command("Build-LakebaseIndex", Writes = true)]
public sealed class BuildIndexOperation(LakebaseSession session, BuildIndexOptions options) : Operation
{
    private const string Activity = "Building indexes";
    private readonly PostgresSession _session = PostgresSession.Of(session);

    // What was described is what is done: the same plan, unless something else is missing by then.
    private (IReadOnlyList<PlannedIndex> Missing, BuildPlan Plan)? _described;

    /// <summary>Share of the time of builds that sampling for a plan may take.</summary>
    internal double SampleShare { get; init; } = PriorCost.SampleShare;

    /// <summary>
    /// True builds the indexes of a definition under the very names it gives, whatever equals them already, and removes nothing that earlier
    /// builds left.
    /// </summary>
    internal bool Throwaway { get; init; }

    /// <summary>Time that <see cref="RunAsync"/> took to plan.</summary>
    internal TimeSpan Planning { get; private set; }

    /// <summary>Time that <see cref="RunAsync"/> took from the plan to its end.</summary>
    internal TimeSpan Building { get; private set; }

    /// <summary>Time that the plan gave for all builds together; null when nothing was measured.</summary>
    internal TimeSpan? Estimate { get; private set; }

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        List<string> steps = [];
        List<PlannedIndex> missing = [];
        IReadOnlyList<(TableName Name, TableDefinition? Definition)> tables;
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            tables = await WantedTables.ListAsync(connection, options, cancellationToken).ConfigureAwait(false);
            foreach ((TableName table, TableDefinition? definition) in tables)
            {
                try
                {
                    foreach (WantedIndex wanted in await WantedIndex
                        .ListAsync(connection, table, definition, options, cancellationToken).ConfigureAwait(false))
                    {
                        steps.Add(await StepAsync(connection, table, wanted, missing, cancellationToken).ConfigureAwait(false));
                    }
                }
                catch (Exception exception) when (IsOfOne(exception, connection))
                {
                    steps.Add($"{table}: {ErrorTranslator.Translate(exception).Message}");
                }
            }
        }

        BuildPlan plan = await PlanAsync(missing, sink: null, cancellationToken).ConfigureAwait(false);
        if (missing.Count > 0)
            steps.AddRange(Lines(plan, missing));
        return new OperationPlan(
            string.Join(", ", tables.Select(table => table.Name)),
            options.Offline ? "Build missing and invalid indexes, refusing writes meanwhile" : "Build missing and invalid indexes")
        { Steps = steps };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        List<TableJob> jobs = [];
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach ((TableName name, TableDefinition? definition)
                in await WantedTables.ListAsync(connection, options, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    jobs.Add(await JobAsync(connection, name, definition, sink, cancellationToken).ConfigureAwait(false));
                }
                catch (Exception exception) when (IsOfOne(exception, connection))
                {
                    sink.Fail(ErrorTranslator.Translate(exception, name.ToString()));
                }
            }
        }

        PlannedIndex[] missing = [.. jobs.SelectMany(job => job.Missing)];
        long start = Stopwatch.GetTimestamp();
        BuildPlan plan = await PlanAsync(missing, sink, cancellationToken).ConfigureAwait(false);
        Planning = Stopwatch.GetElapsedTime(start);
        Estimate = plan.Estimate;
        start = Stopwatch.GetTimestamp();
        if (missing.Length > 0)
        {
            foreach (string line in Lines(plan, missing))
                sink.Trace(line);
        }

        int concurrency = Math.Clamp(jobs.Count, 1, plan.Slots);
        BuildMeter meter = new(Activity, jobs.Count, missing.Select(index => (BuildMeter.Key(index.Table, index.Name), Expected(index, missing, plan))), plan.Estimate, sink);
        meter.Report();
        IndexWatch watch = new(_session, sink, meter);
        await using ConfiguredAsyncDisposable watching = watch.ConfigureAwait(false);
        try
        {
            IEnumerable<TableJob> order = plan.Strategy == IndexBuildStrategy.Defaults ? jobs
                : jobs.OrderByDescending(Weight).ThenByDescending(job => plan.Seconds.GetValueOrDefault(job.Table)).ThenByDescending(job => job.Bytes);
            await BuildSchedule.RunAsync(order, Weight, plan.Slots, async job =>
            {
                await BuildAsync(job, plan, concurrency, watch, meter, sink, cancellationToken).ConfigureAwait(false);
                meter.TableDone();
            }, cancellationToken).ConfigureAwait(false);

            int Weight(TableJob job) => plan.Strategy switch
            {
                IndexBuildStrategy.Hybrid => BuildSchedule.Weight(job.Bytes, plan.Slots),
                _ => plan.Weights.GetValueOrDefault(job.Table, 1),
            };
        }
        finally
        {
            Building = Stopwatch.GetElapsedTime(start);
            meter.End();
        }
    }

    private async Task<BuildPlan> PlanAsync(IReadOnlyList<PlannedIndex> missing, IOperationSink? sink, CancellationToken cancellationToken)
    {
        if (_described is { } described && described.Missing.SequenceEqual(missing))
            return described.Plan;
        BuildPlan plan = await new BuildPlanner(_session, options, sink, SampleShare).PlanAsync(missing, cancellationToken).ConfigureAwait(false);
        _described = (missing, plan);
        return plan;
    }

    // By the plan where it says something of all of them; else by size, which no two units would mix with.
    private static double Expected(PlannedIndex index, IReadOnlyList<PlannedIndex> all, BuildPlan plan) =>
        all.All(one => plan.For(one.Table, one.Name)?.Estimate is not null)
            ? plan.For(index.Table, index.Name)!.Estimate!.Value.TotalSeconds
            : index.HeapBytes;

    private async Task BuildAsync(
        TableJob job, BuildPlan plan, int concurrency, IndexWatch watch, BuildMeter meter, IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (WantedIndex wanted in job.Wanted)
        {
            DateTimeOffset startedAt = DateTimeOffset.UtcNow;
            IndexChoice? choice = plan.For(job.Table, wanted.Name);
            IndexBuildResult result;
            try
            {
                if (choice?.Refusal is LakebaseError refusal)
                    throw refusal.ToException();
                result = await IndexBuilder.BuildAsync(
                    _session, job.Table, wanted.Definition, wanted.Name, Settings(wanted, choice, concurrency) with
                    {
                        Index = job.Missing.FirstOrDefault(index => index.Name == wanted.Name),
                        Watch = watch,
                    }, sink, cancellationToken)
                    .ConfigureAwait(false);
                if (result.Status == "Built")
                    result = result with { Strategy = plan.Strategy, EstimatedDuration = choice?.Estimate, EstimatedSizeBytes = choice?.SizeBytes };
            }
            catch (LakebaseException exception)
            {
                sink.Fail(exception.Error);
                result = new IndexBuildResult
                {
                    Table = job.Table.ToString(),
                    Index = wanted.Name,
                    Status = "Failed",
                    StartedAt = startedAt,
                    Duration = DateTimeOffset.UtcNow - startedAt,
                    Concurrently = !options.Offline,
                    Session = _session.Name,
                };
            }

            meter.Set(BuildMeter.Key(job.Table, wanted.Name), 1);
            if (result.Status == "Built")
                sink.Milestone($"{result.Table}: index {result.Index} built in {result.Duration.TotalSeconds:0.0} s{Expected(result)}");
            await sink.EmitAsync(result, cancellationToken).ConfigureAwait(false);
        }

        if (Throwaway)
            return;
        // A definition says all that is wanted.
        await Leftovers.RemoveAsync(
            _session, job.Table, job.IsDefined ? [.. job.Wanted.Select(wanted => wanted.Name)] : null, sink, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TableJob> JobAsync(
        NpgsqlConnection connection, TableName table, TableDefinition? definition, IOperationSink sink,
        CancellationToken cancellationToken)
    {
        uint oid = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand size = new("SELECT pg_table_size(@table)", connection);
        size.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        long bytes = (long)(await size.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        IReadOnlyList<WantedIndex> wanted = await WantedIndex
            .ListAsync(connection, table, definition, options, cancellationToken).ConfigureAwait(false);
        if (wanted.Count == 0)
            sink.Warn($"{table} has no index and none was asked for: give -Columns, or -Definition with its DDL.");
        return new TableJob(table, bytes, wanted, definition is not null)
        {
            Missing = await MissingAsync(connection, table, wanted, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<IReadOnlyList<PlannedIndex>> MissingAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<WantedIndex> all, CancellationToken cancellationToken)
    {
        List<PlannedIndex> missing = [];
        foreach (WantedIndex wanted in all)
        {
            try
            {
                IndexJudge judge = new(connection, table, wanted.Definition, wanted.Name, Settings(wanted, null, concurrency: 1));
                IndexJudgement judgement = await judge.JudgeAsync(cancellationToken).ConfigureAwait(false);
                if (judgement.Need is not (IndexNeed.Nothing or IndexNeed.Attach))
                    missing.Add(await PlannedIndex.ReadAsync(connection, table, wanted, judgement, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception exception) when (IsOfOne(exception, connection) && !cancellationToken.IsCancellationRequested)
            {
                // The build says so, with what it is about.
            }
        }

        return missing;
    }

    private async Task<string> StepAsync(
        NpgsqlConnection connection, TableName table, WantedIndex wanted, List<PlannedIndex> missing, CancellationToken cancellationToken)
    {
        IndexJudge judge = new(connection, table, wanted.Definition, wanted.Name, Settings(wanted, null, concurrency: 1));
        IndexJudgement judgement = await judge.JudgeAsync(cancellationToken).ConfigureAwait(false);
        if (judgement.Need is not (IndexNeed.Nothing or IndexNeed.Attach))
            missing.Add(await PlannedIndex.ReadAsync(connection, table, wanted, judgement, cancellationToken).ConfigureAwait(false));
        string action = judgement.Need switch
        {
            IndexNeed.Nothing => $"leave {TableName.Quote(judgement.Index!.Name)}, it is valid",
            IndexNeed.Build => $"build {TableName.Quote(wanted.Name)}",
            IndexNeed.Replace => $"drop the invalid {TableName.Quote(wanted.Name)} and build it again",
            IndexNeed.Reindex => $"rebuild the invalid {TableName.Quote(wanted.Name)} in place",
            _ => $"make a constraint of {TableName.Quote(wanted.Name)}",
        };
        return $"{table}: {action} ({judgement.Shape.Clause})";
    }

    private IndexBuildSettings Settings(WantedIndex wanted, IndexChoice? choice, int concurrency) => new()
    {
        Concurrently = !options.Offline,
        Workers = choice?.Workers ?? options.Workers,
        MemoryBytes = choice?.MemoryBytes ?? options.MemoryBytes,
        ServerSettings = options.Strategy == IndexBuildStrategy.Defaults,
        Reason = choice?.Reason,
        Estimate = choice?.Estimate,
        Choice = Throwaway ? null : choice,
        Spills = choice is not { Estimate: not null, SpillBytes: 0 },
        Concurrency = concurrency,
        AcceptOtherName = !wanted.NameMatters && !Throwaway,
        CountsTemporaryFiles = Throwaway,
        Force = options.Force,
        ParentActivity = Activity,
    };

    // What breaks the connection concerns everything that is still to come.
    private static bool IsOfOne(Exception exception, NpgsqlConnection connection) =>
        exception is LakebaseException or PostgresException && connection.FullState == System.Data.ConnectionState.Open;

    private static IEnumerable<string> Lines(BuildPlan plan, IReadOnlyList<PlannedIndex> missing) =>
    [
        .. plan.Reasons.Select(reason => $"Plan: {reason}"),
        .. missing.Select(index => (index, choice: plan.For(index.Table, index.Name))).Where(one => one.choice is not null)
            .Select(one => $"Plan: {one.index.Table}: {TableName.Quote(one.index.Name)}: {one.choice!.Refusal?.Message ?? one.choice.Reason}"),
    ];

    private static string Expected(IndexBuildResult result) => result.EstimatedDuration is TimeSpan estimate
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" ({estimate.TotalSeconds:0.0} s estimated)") : "";

    private sealed record TableJob(TableName Table, long Bytes, IReadOnlyList<WantedIndex> Wanted, bool IsDefined)
    {
        public IReadOnlyList<PlannedIndex> Missing { get; init; } = [];
    }
}
