using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Latency.Runs;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using LakebaseOps.Workflows;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>Measure-LakebaseFeatureLatency.</summary>
[Command("Measure-LakebaseFeatureLatency", Writes = true)]
public sealed class MeasureFeatureLatencyOperation(LakebaseSession session, MeasureFeatureLatencyOptions options)
    : Operation
{
    private const long DefaultRequests = 5_000;

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, $"Measure the modes {string.Join(", ", options.Mode)}"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        MeasurementArguments.Demand(options);
        if (options.OutputPath is not null)
            RunFolder.DemandFree(options.OutputPath, options.Force);
        PostgresSession database = PostgresSession.Of(session);
        RunFolder? folder = null;
        NpgsqlConnection control = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (control.ConfigureAwait(false))
        {
            FeatureStatements statements = await FeatureStatements
                .ReadAsync(control, options, options.Mode,
                    cancellationToken).ConfigureAwait(false);
            IReadOnlyList<KeySpace> spaces = await KeySpaceReader
                .ReadAsync(control, statements.Plan, options.KeyRange, options.Seed,
                    cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{statements.Plan.Tables.Count} tables, {string.Join("; ", spaces.Select(space => space.Description))}");
            if (options.OutputPath is not null)
            {
                ServerEnvironment server = await ServerFacts.ReadAsync(session, cancellationToken).ConfigureAwait(false);
                folder = await RunFolder.CreateAsync(options, server, cancellationToken).ConfigureAwait(false);
            }

            using SocketEvents events = new();
            int setting = 0;
            foreach (int clients in options.Clients)
            {
                FeaturePool pool = await FeaturePool
                    .OpenAsync(database, statements, options.PoolSize ?? clients,
                        cancellationToken).ConfigureAwait(false);
                await using (pool.ConfigureAwait(false))
                {
                    foreach (KeyDistribution distribution in options.Distribution)
                    {
                        IReadOnlyList<(LatencyCell, LatencyResult Result)> measured = await MeasureAsync(
                            sink, control, statements, spaces, pool, distribution, clients, setting++,
                                cancellationToken).ConfigureAwait(false);
                        if (folder is not null)
                            await folder.AddAsync(measured, cancellationToken).ConfigureAwait(false);
                        foreach ((_, LatencyResult result) in measured)
                        {
                            await sink.EmitAsync(result, cancellationToken).ConfigureAwait(false);
                            Judge(sink, result);
                        }
                    }
                }
            }
        }

        if (folder is not null)
            sink.Milestone($"Run written: {await folder.FinishAsync(cancellationToken).ConfigureAwait(false)}");
    }

    // Wrong answers are a failure, however fast they came; doubts about the figures are a warning.
    private static void Judge(IOperationSink sink, LatencyResult result)
    {
        string cell = $"{result.Mode}, {result.Distribution}, {result.Loop}";
        if (result.WrongResponses > 0)
        {
            sink.Fail(new LakebaseError(ErrorIds.WrongFeatures, LakebaseErrorKind.Verification,
                $"{cell}: {result.Trust}.")
            { Target = result.Mode.ToString(),
                Remedy = "Look whether keys are unique and whether the tables changed during the measurement." });
        }
        else if (result.Requests == 0)
        {
            sink.Fail(new LakebaseError(ErrorIds.StatementFailed, LakebaseErrorKind.Unavailable,
                $"{cell}: every request failed. {result.Trust}.")
            { Target = result.Mode.ToString(),
                Remedy = "Read the same tables with Get-LakebaseFeature to see the error itself." });
        }
        else if (result.Trust != LatencySummary.Trustworthy)
        {
            sink.Warn($"{cell}: {result.Trust}");
        }
    }

    private async Task<IReadOnlyList<(LatencyCell, LatencyResult Result)>> MeasureAsync(
        IOperationSink sink, NpgsqlConnection control, FeatureStatements statements, IReadOnlyList<KeySpace> spaces,
            FeaturePool pool,
        KeyDistribution distribution, int clients, int setting, CancellationToken cancellationToken)
    {
        FeaturePlan plan = statements.Plan;
        string label = KeySampler.Label(distribution, options);
        string activity = string.Create(CultureInfo.InvariantCulture,
            $"Measuring {plan.Tables.Count} tables, {label}, {clients} client(s)");
        KeySampler[] samplers = [.. spaces.Select(space => new KeySampler(distribution, space.Count, options))];
        long quota = options.Requests ?? DefaultRequests;
        int streams = 0;
        LatencyCell Cell(FeatureMode mode) =>
            new(mode, new RequestStream(spaces, samplers, options.Seed, (setting << 20) | streams++, plan.Requests), quota,
                options.Duration, options.Seed);

        ResponseAudit audit = new(plan, control);
        ClosedLoop loop = new(plan, spaces, pool, audit, clients);
        List<LatencyCell> cells = [.. options.Mode.Distinct().Select(Cell)];
        foreach (LatencyCell cell in cells)
        {
            sink.Report(new OperationProgress(activity, $"{cell.Mode}: warming up"));
            cell.WarmUp = await WarmUp.RunAsync(
                loop, () => new(cell.Mode, new RequestStream(spaces, samplers, options.Seed,
                    (setting << 20) | streams++, plan.Requests), long.MaxValue, null, 0),
                options.WarmUpLimit, cancellationToken).ConfigureAwait(false);
            audit.Clear();
        }

        BlockStatistics blocks = await BlockStatistics.OfAsync(control, statements, cancellationToken).ConfigureAwait(false);
        LatencyRun run = new(loop, pool, audit, blocks, cells, options.Seed + setting);
        await run.RunAsync(sink, activity, quota, options.Duration, cancellationToken).ConfigureAwait(false);
        MeasureFeatureLatencyOptions asked = options with { SlaP99Ms = options.SlaP99Ms ?? plan.SlaP99Ms };
        return [.. cells.Select(cell => (cell, LatencySummary.Of(cell, plan, run.Floor, label, clients, asked, session.Name)))];
    }
}
