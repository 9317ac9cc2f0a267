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
            Measurement measurement = new(sink, session, control, statements, spaces, options);
            IAsyncEnumerable<Measured> all = options.FindRate
                ? measurement.FindRatesAsync(cancellationToken)
                : measurement.RunAsync(cancellationToken);
            await foreach (Measured measured in all.ConfigureAwait(false))
            {
                if (folder is not null)
                    await folder.AddAsync(measured, cancellationToken).ConfigureAwait(false);
                await sink.EmitAsync(measured.Result, cancellationToken).ConfigureAwait(false);
                Judge(sink, measured.Result);
            }
        }

        if (folder is not null)
            sink.Milestone($"Run written: {await folder.FinishAsync(cancellationToken).ConfigureAwait(false)}");
    }

    // Wrong answers are a failure, however fast they came; doubts about the figures are a warning.
    private static void Judge(IOperationSink sink, LatencyResult result)
    {
        string cell = $"{result.Name}, {result.Distribution}, {result.Loop}";
        if (result.WrongResponses > 0)
        {
            sink.Fail(new LakebaseError(ErrorIds.WrongFeatures, LakebaseErrorKind.Verification,
                $"{cell}: {result.Trust}.")
            { Target = result.Name,
                Remedy = "Look whether keys are unique and whether the tables changed during the measurement." });
        }
        else if (result.Requests == 0)
        {
            sink.Fail(new LakebaseError(ErrorIds.StatementFailed, LakebaseErrorKind.Unavailable,
                $"{cell}: every request failed. {result.Trust}.")
            { Target = result.Name,
                Remedy = "Read the same tables with Get-LakebaseFeature to see the error itself." });
        }
        else if (result.Trust != LatencySummary.Trustworthy)
        {
            sink.Warn($"{cell}: {result.Trust}");
        }
    }
}
