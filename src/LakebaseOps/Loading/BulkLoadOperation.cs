using System.Text.Json;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;
using Npgsql;

namespace LakebaseOps.Loading;

/// <summary>
/// Fills tables from files, the generator or pipeline objects. Each table: stage, load, index, freeze, swap, verify. What is
/// done is in the database's own ledger, so whatever dies, the same call again goes on where it was.
/// </summary>
[Command("Invoke-LakebaseBulkLoad", Writes = true)]
public sealed class BulkLoadOperation(LakebaseSession session, BulkLoadOptions options) : Operation, ISourcedOperation
{
    /// <summary>Objects to load instead of files or generated rows; whoever writes to it completes it.</summary>
    public RecordChannel? Records { get; init; }

    /// <summary>How long a connection may be silent although the server waits for it as well.</summary>
    internal TimeSpan Patience { get; init; } = LoadDefaults.Patience;

    /// <summary>How old a connection gets before a stream takes a new one, between two chunks.</summary>
    internal TimeSpan ConnectionLife { get; init; } = LoadDefaults.ConnectionLife;

    /// <inheritdoc />
    public string? SourceName => options.SourceSession;

    /// <inheritdoc />
    public LakebaseSession? Source { get; set; }

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        if (Records is not null)
            return new OperationPlan(options.Table ?? throw LoadPlanner.Unnamed(), $"Load the objects of the pipeline ({options.Mode})");
        // What passes by once is not looked at before it is loaded.
        if (options.Path is [LoadFile.StandardInput])
            return new OperationPlan(options.Table ?? throw LoadPlanner.Unnamed(), $"Load standard input ({options.Mode})");
        IReadOnlyList<LoadPlan> plans;
        LoadConnections connections = new(PostgresSession.Of(session), Patience);
        await using (connections.ConfigureAwait(false))
            plans = await new LoadPlanner(connections, options, records: null, OpenSource()).PlanAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string[] steps = [.. plans.SelectMany(plan => plan.Describe())];
            return plans.Count == 1
                ? new OperationPlan(plans[0].Table.ToString(), string.Join("; ", steps.Select(step => step.Trim()))) { Steps = steps }
                : new OperationPlan($"{plans.Count} tables", $"Load ({options.Mode}): {Size(plans)}") { Steps = steps };
        }
        finally
        {
            await ReleaseAsync(plans).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        PostgresSession own = PostgresSession.Of(session);
        IReadOnlyList<LoadPlan> plans = [];
        LoadConnections connections = new(own, Patience) { Life = ConnectionLife };
        try
        {
            plans = await new LoadPlanner(connections, options, Records, OpenSource()) { ProvesFiles = true }.PlanAsync(cancellationToken).ConfigureAwait(false);
            await connections.OnceAsync(LedgerSchema.EnsureAsync, cancellationToken).ConfigureAwait(false);
            await LoadAllAsync(connections, plans, sink, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (plans.Count > 0 || exception is LakebaseException { Error.Id: ErrorIds.ConnectionLost })
        {
            await connections.DisposeAsync().ConfigureAwait(false);
            await connections.StopAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await connections.DisposeAsync().ConfigureAwait(false);
            await ReleaseAsync(plans).ConfigureAwait(false);
            Records?.Abandon();
        }
    }

    /// <summary>The session of -SourceSession; null when none was named. A name that nobody has looked up is never passed over.</summary>
    private PostgresSession? OpenSource()
    {
        if (Source is null && SourceName is not null)
        {
            throw new LakebaseError(ErrorIds.SessionNotFound, LakebaseErrorKind.NotFound, $"The source session '{SourceName}' was not opened.")
            { Target = SourceName, Remedy = "Name a session that is open, or leave -SourceSession out for the target's own." }.ToException();
        }

        return Source is null ? null : PostgresSession.Of(Source);
    }

    private async Task LoadAllAsync(
        LoadConnections connections, IReadOnlyList<LoadPlan> plans, IOperationSink sink, CancellationToken cancellationToken)
    {
        Guid runId = Guid.NewGuid();
        string stated = JsonSerializer.Serialize(options, RunFile.Json);
        RunMeter? all = plans.Count > 1 ? new RunMeter(plans, sink) : null;
        try
        {
            for (int i = 0; i < plans.Count; i++)
            {
                all?.Begin(i);
                await LoadAsync(plans, i).ConfigureAwait(false);
            }
        }
        finally
        {
            all?.Complete();
        }

        async Task LoadAsync(IReadOnlyList<LoadPlan> tables, int number)
        {
            LoadPlan plan = tables[number];
            TableLoad load = new(plan, connections, sink, all);
            try
            {
                await using (load.ConfigureAwait(false))
                {
                    BulkLoadResult result = await load.RunAsync(runId, stated, options.Restart, cancellationToken).ConfigureAwait(false);
                    all?.End(result);
                    sink.Milestone($"{result.Table}: {result.Status}, {result.Rows:N0} rows in {result.Duration.TotalSeconds:N1} s.");
                    await sink.EmitAsync(result, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (tables.Count > 1 && exception is not OperationCanceledException)
            {
                LakebaseError error = ErrorTranslator.Translate(exception, plan.Table.ToString());
                // What is wrong with one table leaves the others loadable; a server that is gone does not.
                if (error.Kind is LakebaseErrorKind.Connection or LakebaseErrorKind.Unavailable or LakebaseErrorKind.Internal)
                    throw;
                sink.Fail(error);
                all?.End(null);
            }
        }
    }

    private static async Task ReleaseAsync(IReadOnlyList<LoadPlan> plans)
    {
        foreach (LoadPlan plan in plans)
            await plan.Source.DisposeAsync().ConfigureAwait(false);
    }

    private static string Size(IReadOnlyList<LoadPlan> plans) => plans.All(plan => plan.Source.TotalRows is not null)
        ? $"{plans.Sum(plan => plan.Source.TotalRows):N0} rows"
        : $"{plans.Sum(plan => plan.Source.TotalBytes ?? 0):N0} bytes of plain files";
}
