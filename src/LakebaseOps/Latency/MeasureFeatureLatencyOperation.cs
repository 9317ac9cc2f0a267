using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Latency.RoundTrips;
using LakebaseOps.Latency.Runs;
using LakebaseOps.Latency.Temperature;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>Measure-LakebaseFeatureLatency.</summary>
[Command("Measure-LakebaseFeatureLatency", Writes = true)]
public sealed class MeasureFeatureLatencyOperation(LakebaseSession session, MeasureFeatureLatencyOptions options)
    : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, $"Measure {string.Join(", ", BackendModes.All(options).Select(side => side.Name))}{Writes}"));

    // What a measurement does to the server beside reading is said before it is done.
    private string Writes => string.Concat(
        options.RefreshRate.Any(rate => rate > 0)
            ? string.Create(CultureInfo.InvariantCulture, $"; upsert {options.RefreshRate.Max():#,0.###} rows/s of the tables read with the values they have (changes that others make to those rows meanwhile can be lost)")
            : "",
        options.CacheState.Any(state => state != CacheTemperature.Hot) ? "; empty the sandbox's cache of the tables before every block of requests" : "");

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        MeasurementArguments.Demand(options);
        BackendModes.Demand(options);
        if (options.OutputPath is not null)
            RunFolder.DemandFree(options.OutputPath, options.Force);
        PostgresSession database = PostgresSession.Of(session);
        RunFolder? folder = null;
        NpgsqlConnection control = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (control.ConfigureAwait(false))
        {
            if (options.CacheState.Any(state => state != CacheTemperature.Hot))
                await CacheMaker.DemandSandboxAsync(database, control, cancellationToken).ConfigureAwait(false);
            FeatureStatements statements = await FeatureStatements
                .ReadAsync(control, options, options.Backend.Contains(FeatureBackend.PostgreSql) ? options.Mode : [],
                    cancellationToken).ConfigureAwait(false);
            IReadOnlyList<KeySpace> spaces = await KeySpaceReader
                .ReadAsync(control, statements.Plan, options.KeyRange, options.Seed,
                    cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{statements.Plan.Tables.Count} tables, {string.Join("; ", spaces.Select(space => space.Description))}");
            EndpointWatch endpoint = await EndpointWatch.BeginAsync(session, cancellationToken).ConfigureAwait(false);
            if (options.OutputPath is not null)
                folder = await RunFolder.CreateAsync(options, endpoint.Before, cancellationToken).ConfigureAwait(false);

            IReadOnlyDictionary<FeatureMode, RoundTripProof> proofs = options.ProveRoundTrips
                ? await new RoundTripProver(sink, database, statements, spaces, options).RunAsync(cancellationToken).ConfigureAwait(false)
                : new Dictionary<FeatureMode, RoundTripProof>();
            using SocketEvents events = new();
            Measurement measurement = new(sink, session, control, statements, spaces, options);
            IAsyncEnumerable<Measured> all = options.FindRate
                ? measurement.FindRatesAsync(cancellationToken)
                : measurement.RunAsync(cancellationToken);
            IReadOnlyList<string> changes = [];
            try
            {
                await foreach (Measured cell in all.ConfigureAwait(false))
                {
                    changes = await endpoint.ChangesAsync(cancellationToken).ConfigureAwait(false);
                    Measured measured = cell with { Result = EndpointWatch.Mark(cell.Result, changes) };
                    if (cell.Result.Backend == FeatureBackend.PostgreSql && proofs.TryGetValue(cell.Result.Mode, out RoundTripProof? proof))
                        measured = measured with { Result = measured.Result with { RoundTripProof = proof } };
                    if (folder is not null)
                        await folder.AddAsync(measured, cancellationToken).ConfigureAwait(false);
                    await sink.EmitAsync(measured.Result, cancellationToken).ConfigureAwait(false);
                    Judge(sink, measured.Result);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or LakebaseException)
            {
                // What was measured ended with the server it was measured on; what broke is only how that showed.
                changes = await endpoint.ChangesAfterFailureAsync(cancellationToken).ConfigureAwait(false);
                if (changes.Count == 0)
                    throw;
                if (folder is not null)
                    await folder.FinishAsync(changes, cancellationToken).ConfigureAwait(false);
                throw EndpointWatch.Changed(session, changes, failure).ToException();
            }

            if (folder is not null)
                sink.Milestone($"Run written: {await folder.FinishAsync(changes, cancellationToken).ConfigureAwait(false)}");
            if (changes.Count > 0)
                sink.Fail(EndpointWatch.Changed(session, changes, null));
        }
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
        else if (result.Trust != Doubts.Trustworthy)
        {
            sink.Warn($"{cell}: {result.Trust}");
        }
    }
}
