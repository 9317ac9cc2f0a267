using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Verification.Health;

/// <summary>Get-LakebaseHealth.</summary>
[Command("Get-LakebaseHealth")]
public sealed class GetHealthOperation(LakebaseSession session, HealthOptions options) : Operation
{
    private const string Activity = "Looking at the server";
    private readonly PostgresSession _session = PostgresSession.Of(session);
    private bool _seesAll;

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(_session.Name, "Look at the server's health"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            IReadOnlyList<TableName> tables = options.Table is { Count: > 0 } names
                ? await TableSelection.ResolveAsync(connection, names, cancellationToken).ConfigureAwait(false)
                : await TableCatalog.NamesAsync(connection, cancellationToken).ConfigureAwait(false);
            HealthWatch? watch = Wanted(HealthCheckKind.HitRatio) || Wanted(HealthCheckKind.SequentialScans)
                ? await HealthWatch.BeginAsync(connection, tables, cancellationToken).ConfigureAwait(false)
                : null;
            HealthChecks checks = new(connection, _session, tables, options);
            _seesAll = await HealthChecks.SeesAllAsync(connection, cancellationToken).ConfigureAwait(false);
            foreach (HealthCheckKind kind in Enum.GetValues<HealthCheckKind>().Where(kind => Wanted(kind) && !HealthWatch.IsWatched(kind)))
                await EmitAsync(kind, () => checks.RunAsync(kind, cancellationToken), sink, cancellationToken).ConfigureAwait(false);
            if (watch is null)
                return;
            await WaitAsync(watch, sink, cancellationToken).ConfigureAwait(false);
            await watch.EndAsync(cancellationToken).ConfigureAwait(false);
            foreach (HealthCheckKind kind in Enum.GetValues<HealthCheckKind>().Where(kind => Wanted(kind) && HealthWatch.IsWatched(kind)))
                await EmitAsync(kind, () => Task.FromResult(watch.Judge(kind, options)), sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(HealthWatch watch, IOperationSink sink, CancellationToken cancellationToken)
    {
        try
        {
            while (options.Duration - watch.Elapsed is { Ticks: > 0 } left)
            {
                sink.Report(new OperationProgress(Activity, $"watching its counters for {left.TotalSeconds:0} s more")
                {
                    Percent = Math.Min(100, 100 * (watch.Elapsed / options.Duration)),
                });
                await Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            sink.Report(new OperationProgress(Activity, "done") { IsCompleted = true });
        }
    }

    private async Task EmitAsync(
        HealthCheckKind kind, Func<Task<IReadOnlyList<(string Target, Finding Finding)>>> look, IOperationSink sink,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Target, Finding Finding)> found;
        try
        {
            found = await look().ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            found = [(HealthChecks.Server, Finding.Skip(exception.MessageText, HealthChecks.Monitor))];
        }

        // A role that may not see them counts no sessions at all.
        if (found.Count == 0)
            found = [(HealthChecks.Server, Finding.Skip("nothing can be seen", HealthChecks.Monitor))];
        foreach ((string target, Finding seen) in found)
        {
            // What others do is hidden from most roles: then nothing found means nothing.
            Finding finding = seen.Status == CheckStatus.Passed && !_seesAll && HealthChecks.IsOfOthers(kind)
                ? Finding.Skip("this role sees its own sessions only", HealthChecks.Monitor)
                : seen;
            await sink.EmitAsync(
                new HealthCheck
                {
                    Check = kind.ToString(),
                    Target = target,
                    Status = finding.Status,
                    Expected = finding.Expected,
                    Actual = finding.Actual,
                    Remedy = finding.Remedy,
                    Session = _session.Name,
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private bool Wanted(HealthCheckKind kind) => options.Check is not { Count: > 0 } chosen || chosen.Contains(kind);
}
