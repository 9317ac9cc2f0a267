using LakebaseOps.Latency.Statistics;
using LakebaseOps.Operations;
using LakebaseOps.Reports;

namespace LakebaseOps.Latency;

/// <summary>Compare-LakebaseLatency.</summary>
[Command("Compare-LakebaseLatency")]
public sealed class CompareLatencyOperation(CompareLatencyOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new OperationPlan(
        options.Path ?? options.InputObject?.Id ?? "", $"Compare with {options.BaselinePath ?? options.Baseline?.Id ?? Side}"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        Demand();
        RunRecord run = await ReadAsync(options.Path, options.InputObject, cancellationToken).ConfigureAwait(false);
        RunRecord baseline = Side is null
            ? await ReadAsync(options.BaselinePath, options.Baseline, cancellationToken).ConfigureAwait(false)
            : run;
        (List<(LatencyResult, LatencyResult)> pairs, List<LatencyComparison> lone) = Pairs(baseline, run);
        if (pairs.Count == 0)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                "The run and the baseline have no cell in common, so there is nothing to compare.")
            {
                Target = options.Path ?? run.Id,
                Remedy = "Measure both with the same modes, distributions, numbers of tables and clients or rates.",
            }.ToException();
        }

        List<LatencyComparison> regressions = [];
        IReadOnlyList<LatencyComparison> compared =
            CellComparison.Of(pairs, options.Percentile, options.Margin, paired: Side is not null);
        foreach (LatencyComparison comparison in compared.Concat(lone))
        {
            if (comparison.Verdict is LatencyVerdict.Slower or LatencyVerdict.Invalid)
                regressions.Add(comparison);
            await sink.EmitAsync(comparison with { BaselineRun = baseline.Id, Run = run.Id }, cancellationToken).ConfigureAwait(false);
        }

        if (options.FailOnRegression && regressions.Count > 0)
            throw Regression(regressions, compared.Count);
    }

    /// <summary>The cells of the same run that are the baseline, in words; null when another run is.</summary>
    private string? Side => options.BaselineBackend is null && options.BaselineMode is null ? null
        : $"{options.BaselineBackend} {options.BaselineMode}".Trim();

    /// <summary>Cells of the same shape; where a run holds several, the first with the first and so on.</summary>
    private (List<(LatencyResult Baseline, LatencyResult Cell)> Pairs, List<LatencyComparison> Lone) Pairs(RunRecord baseline, RunRecord run)
    {
        bool isSide = Side is not null;
        List<(LatencyResult, LatencyResult)> pairs = [];
        List<LatencyComparison> lone = [];
        // Within a run the baseline's mode may have been measured twice: the second time is then compared with the first.
        List<LatencyResult> former = isSide
            ? [.. baseline.Latencies.Where(IsBaseline).DistinctBy(cell => (cell.Backend, cell.Mode, cell.Distribution, cell.Tables, cell.Loop))]
            : [.. baseline.Latencies];
        List<LatencyResult> cells = [.. run.Latencies.Where(cell => !isSide || !former.Contains(cell, ReferenceEqualityComparer.Instance))];
        Pair(cell => (Key(cell), cell.Loop));
        // What is left may have been read under another refresh, or under none: that is then what is compared.
        Pair(cell => (Key(cell), cell.Refresh is { } refresh ? cell.Loop.Replace(RefreshResult.Label(refresh.RowsPerSecond), "", StringComparison.Ordinal) : cell.Loop));
        lone.AddRange(cells.Select(cell => Lone(cell, "the baseline holds no such cell")));
        if (!isSide)
            lone.AddRange(former.Select(cell => Lone(cell, "the run holds no such cell")));
        return (pairs, lone);

        void Pair(Func<LatencyResult, object> key)
        {
            Dictionary<object, Queue<LatencyResult>> by = former.GroupBy(key).ToDictionary(same => same.Key, same => new Queue<LatencyResult>(same));
            foreach (LatencyResult cell in cells.ToArray())
            {
                if (!by.TryGetValue(key(cell), out Queue<LatencyResult>? same) || same.Count == 0)
                    continue;
                LatencyResult one = isSide ? same.Peek() : same.Dequeue();
                pairs.Add((one, cell));
                cells.Remove(cell);
                if (!isSide)
                    former.Remove(one);
            }
        }

        bool IsBaseline(LatencyResult cell) => (options.BaselineBackend is null || cell.Backend == options.BaselineBackend)
            && (options.BaselineMode is null || cell.Mode == options.BaselineMode);
        // What the baseline is told by does not have to be the same.
        object Key(LatencyResult cell) => (options.BaselineBackend ?? cell.Backend, options.BaselineMode ?? cell.Mode, cell.Distribution, cell.Tables);
    }

    private LatencyComparison Lone(LatencyResult cell, string reason) => new()
    {
        Backend = cell.Backend, Mode = cell.Mode, Distribution = cell.Distribution, Loop = cell.Loop, Tables = cell.Tables,
        Verdict = LatencyVerdict.Missing, Reason = reason, Margin = options.Margin,
    };

    private static LakebaseException Regression(List<LatencyComparison> regressions, int cells)
    {
        LatencyComparison first = regressions[0];
        return new LakebaseError(ErrorIds.LatencyRegression, LakebaseErrorKind.Verification,
            $"{regressions.Count} of {cells} cells are slower than the baseline or invalid, the first: {first.Name}, {first.Distribution}, {first.Loop}: {first.Reason}.")
        {
            Target = $"{first.Name}, {first.Distribution}",
            Remedy = "Repeat the measurement to rule out a disturbance; then look at the components of the slower cells.",
        }.ToException();
    }

    private static async Task<RunRecord> ReadAsync(string? path, RunRecord? given, CancellationToken cancellationToken) =>
        path is { Length: > 0 } ? await ReportReader.ReadAsync(path, cancellationToken).ConfigureAwait(false)
        : ReportReader.Complete(given!, given!.Id);

    private void Demand()
    {
        int baselines = new[] { options.BaselinePath is { Length: > 0 }, options.Baseline is not null, Side is not null }.Count(given => given);
        Demand(options.Path is { Length: > 0 } != options.InputObject is not null, "Path", "or results in the pipeline must be given, one of both");
        Demand(baselines == 1, "BaselinePath", "-Baseline or a baseline within the run (-BaselineMode, -BaselineBackend) must be given, exactly one of them");
        Demand(options.Percentile.Count > 0 && options.Percentile.All(at => at is > 0 and < 100), "Percentile", "must be above 0 and below 100");
        Demand(options.Margin is > 0 and < 1, "Margin", "must be above 0 and below 1");
    }

    private static void Demand(bool holds, string parameter, string fault)
    {
        if (!holds)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"-{parameter} {fault}.")
            { Target = parameter, Remedy = "Get-Help Compare-LakebaseLatency shows what each parameter takes." }.ToException();
        }
    }
}
