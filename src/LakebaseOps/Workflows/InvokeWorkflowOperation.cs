using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>
/// Invoke-LakebaseWorkflow: runs the steps of a workflow file in order and stops at the first that fails. After each
/// step run.json is written, so nothing measured is lost; the next run of the same workflow into the same folder goes
/// on at the step that failed.
/// </summary>
[Command("Invoke-LakebaseWorkflow", Writes = true)]
public sealed class InvokeWorkflowOperation : Operation
{
    private readonly SessionRegistry _registry;
    private readonly InvokeWorkflowOptions _options;
    private readonly WorkflowDefinition _workflow;
    private readonly string _output;

    /// <summary>Reads and checks the workflow; nothing runs when any step is wrong.</summary>
    /// <exception cref="LakebaseException">WorkflowInvalid, FileNotFound.</exception>
    public InvokeWorkflowOperation(SessionRegistry registry, InvokeWorkflowOptions options)
    {
        _registry = registry;
        _options = options;
        _workflow = WorkflowLoader.LoadValid(options.Path, options.OutputPath, options.Variable);
        _output = WorkflowLoader.OutputFolder(options.Path, options.OutputPath);
    }

    /// <summary>The session of steps that name none; it wins over the workflow's own "session".</summary>
    public LakebaseSession? Session { get; init; }

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(
        new OperationPlan(_workflow.Path, $"Run {_workflow.Steps.Count} steps: {string.Join(", ", _workflow.Steps.Select(step => step.Name))}")
        {
            Steps = [.. _workflow.Steps.Select(step => $"{step.Name}: {step.Command.Name} {step.Text}")],
        });

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        string file = Path.Combine(_output, RunFile.Name);
        RunRecord? former = await ResumableAsync(file, sink, cancellationToken).ConfigureAwait(false);
        RunCollector collector = new(former ?? new RunRecord
        {
            Id = Guid.NewGuid().ToString("N"),
            Name = _workflow.Name,
            ToolVersion = ClientFacts.ToolVersion,
            StartedAt = DateTimeOffset.UtcNow,
            Client = ClientFacts.Read(),
        });
        Dictionary<string, WorkflowStepResult> done = (former?.Steps ?? [])
            .Where(step => step.Status is "Passed" or "AlreadyDone")
            .ToDictionary(step => step.Name, StringComparer.OrdinalIgnoreCase);
        collector.Update(run => run with { Steps = [], Status = "Running" });
        await RunFile.WriteAsync(file, collector.Run, cancellationToken).ConfigureAwait(false);

        WorkflowSessions sessions = new(_workflow, _registry, Session, sink);
        await using (sessions.ConfigureAwait(false))
        {
            string? failed = null;
            foreach (WorkflowStep step in _workflow.Steps)
            {
                WorkflowStepResult result = failed is not null
                    ? NotRun(step)
                    : await StepAsync(step, done, sessions, collector, sink, file, cancellationToken).ConfigureAwait(false);
                failed ??= result.Error;
                collector.Update(run => run with { Steps = [.. run.Steps, result] });
                await RunFile.WriteAsync(file, collector.Run, CancellationToken.None).ConfigureAwait(false);
                await sink.EmitAsync(result, cancellationToken).ConfigureAwait(false);
            }

            collector.Update(run => run with { Status = failed is null ? "Passed" : "Failed", FinishedAt = DateTimeOffset.UtcNow });
            await RunFile.WriteAsync(file, collector.Run, CancellationToken.None).ConfigureAwait(false);
            if (failed is not null)
                throw Failed(collector.Run, failed);
        }
    }

    private async Task<WorkflowStepResult> StepAsync(
        WorkflowStep step,
        Dictionary<string, WorkflowStepResult> done,
        WorkflowSessions sessions,
        RunCollector collector,
        IOperationSink sink,
        string file,
        CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        StepSink stepSink = new(sink, collector, _options.PassThru);
        string? error = null;
        string fingerprint = "";
        try
        {
            LakebaseSession? session = step.Command.NeedsSession
                ? await sessions.OpenAsync(step.Session, cancellationToken).ConfigureAwait(false)
                : null;
            fingerprint = Fingerprint(step, session);
            if (done.TryGetValue(step.Name, out WorkflowStepResult? former) && former.Fingerprint == fingerprint)
            {
                sink.Milestone($"{step.Name}: done by an earlier run");
                return former with { Status = "AlreadyDone" };
            }

            // What follows a step that runs again is run again too: it may rest on the other outcome.
            done.Clear();
            if (session is not null)
                await ServerAsync(collector, session, cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{step.Name}: {step.Command.Name}");
            Operation operation = step.Command.Create(step.Options, session, _registry);
            if (operation is ISourcedOperation { SourceName: string source } sourced)
                sourced.Source = await sessions.OpenAsync(source, cancellationToken).ConfigureAwait(false);
            // A report step reads what the run has gathered so far.
            await RunFile.WriteAsync(file, collector.Run, cancellationToken).ConfigureAwait(false);
            await operation.RunAsync(stepSink, cancellationToken).ConfigureAwait(false);
            error = stepSink.Failure;
            if (session is not null)
                await TablesAsync(collector, session, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            collector.Update(run => run with { Status = "Interrupted", FinishedAt = DateTimeOffset.UtcNow });
            await RunFile.WriteAsync(file, collector.Run, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (Exception exception)
        {
            // The step's failure is recorded with the run, and ends it as the one error that is thrown.
            LakebaseError cause = ErrorTranslator.Translate(
                exception is TargetInvocationException { InnerException: Exception inner } ? inner : exception);
            sink.Trace(cause.Cause?.ToString() ?? cause.ToString());
            error = cause.ToString();
        }

        return new WorkflowStepResult
        {
            Name = step.Name,
            Command = step.Command.Name,
            Status = error is null ? "Passed" : "Failed",
            StartedAt = started,
            Duration = DateTimeOffset.UtcNow - started,
            Fingerprint = fingerprint,
            Results = stepSink.Results,
            Error = error,
        };
    }

    private async Task<RunRecord?> ResumableAsync(string file, IOperationSink sink, CancellationToken cancellationToken)
    {
        if (_options.Restart || !File.Exists(file))
            return null;
        RunRecord former;
        try
        {
            former = await RunFile.ReadAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (LakebaseException exception)
        {
            sink.Warn($"The run record of an earlier run is not readable and is replaced: {exception.Message}");
            return null;
        }

        bool lost = Session is null && _workflow.Steps.Any(step => WorkflowSessions.IsEphemeral(_workflow, step.Session));
        return former.Status == "Passed" || former.Name != _workflow.Name || lost ? null : RunCollector.Resumed(former);
    }

    private static async Task ServerAsync(RunCollector collector, LakebaseSession session, CancellationToken cancellationToken)
    {
        if (collector.Run.Server is null)
        {
            ServerEnvironment server = await ServerFacts.ReadAsync(session, cancellationToken).ConfigureAwait(false);
            collector.Update(run => run with { Server = server });
        }
    }

    private static async Task TablesAsync(RunCollector collector, LakebaseSession session, CancellationToken cancellationToken)
    {
        RunRecord run = collector.Run;
        Dictionary<string, long?> rows = run.Checks.Select(check => check.Table)
            .Concat(run.Caches.Select(cache => cache.Table))
            .Concat(run.Loads.Select(load => load.Table))
            .Distinct(StringComparer.Ordinal)
            .Where(table => TableName.TryParse(table, "public", out _, out _))
            .ToDictionary(table => table, table => run.Loads.LastOrDefault(load => load.Table == table)?.Rows, StringComparer.Ordinal);
        IReadOnlyList<TableFacts> tables = await ServerFacts.TablesAsync(session, rows, cancellationToken).ConfigureAwait(false);
        collector.Update(current => current with { Tables = tables });
    }

    private static WorkflowStepResult NotRun(WorkflowStep step) => new()
    {
        Name = step.Name,
        Command = step.Command.Name,
        Status = "NotRun",
        StartedAt = DateTimeOffset.UtcNow,
    };

    private static string Fingerprint(WorkflowStep step, LakebaseSession? session) => Convert.ToHexString(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{step.Command.Name}\n{step.Text}\n{session?.Host}:{session?.Port}/{session?.Database}")));

    private LakebaseException Failed(RunRecord run, string error)
    {
        WorkflowStepResult step = run.Steps.First(result => result.Status == "Failed");
        return new LakebaseError(ErrorIds.WorkflowStepFailed, LakebaseErrorKind.Verification, $"Step '{step.Name}' failed. {error}")
        {
            Target = step.Name,
            Remedy = $"Mend the cause and run the workflow again into '{_output}': finished steps are not repeated.",
        }.ToException();
    }
}
