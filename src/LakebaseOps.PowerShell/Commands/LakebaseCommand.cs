using System.Management.Automation;
using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Commands;

/// <summary>Base of every cmdlet: runs operations through the pump and maps what they say to PowerShell's streams.</summary>
public abstract class LakebaseCommand : PSCmdlet, IPumpOutput, IDisposable
{
    // Never disposed: Ctrl+C may arrive on another thread while PowerShell is already disposing the cmdlet, and a
    // source without a timer holds nothing to free.
    private readonly CancellationTokenSource _stop = new();
    private readonly ProgressActivities _activities = new();

    /// <summary>Cancelled by Ctrl+C.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <summary>The open sessions of this runspace; to be asked for on the pipeline's own thread.</summary>
    private protected static SessionRegistry Sessions => RunspaceSessions.Current;

    /// <summary>True when the user wants to see only what would happen.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? given)
        ? given is SwitchParameter { IsPresent: true }
        : GetVariableValue("WhatIfPreference") is true or SwitchParameter { IsPresent: true };

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    void IPumpOutput.Emit(object result) => WriteObject(Present(result));

    void IPumpOutput.Report(OperationProgress progress) => WriteProgress(_activities.Record(progress));

    void IPumpOutput.Trace(string message) => WriteVerbose(message);

    void IPumpOutput.Warn(string message) => WriteWarning(message);

    void IPumpOutput.Milestone(string message) => WriteInformation(message, ["LakebaseOps"]);

    void IPumpOutput.Fail(LakebaseError error) => WriteError(ErrorRecords.From(error));

    /// <inheritdoc />
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>What the pipeline gets for a result of the engine.</summary>
    private protected virtual object Present(object result) => result;

    /// <summary>Frees what the cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>
    /// Asks ShouldProcess with the operation's own plan when the cmdlet writes, then runs it. What stops everything
    /// becomes a terminating error.
    /// </summary>
    private protected void Run(Operation operation, bool asks = false) => Guard(() => RunConfirmed(operation, asks));

    /// <summary>
    /// As <see cref="Run"/>, for one of several input items: its failure is written and the next item follows, unless
    /// the failure is one that no other item would escape.
    /// </summary>
    private protected void RunItem(Operation operation, bool asks = false) => Guard(() =>
    {
        try
        {
            RunConfirmed(operation, asks);
        }
        catch (LakebaseException exception) when (!StopToken.IsCancellationRequested && ConcernsOneItem(exception.Error.Kind))
        {
            WriteError(ErrorRecords.From(exception.Error));
        }
    });

    /// <summary>True when the user (or -WhatIf, -Confirm) lets the operation's plan happen; -WhatIf shows its steps.</summary>
    private protected bool Confirmed(Operation operation)
    {
        OperationPlan plan = Await(operation.DescribeAsync);
        string action = $"Performing the operation \"{plan.Action}\" on target \"{plan.Target}\".";
        string steps = string.Concat(plan.Steps.Select(step => $"\n  {step}"));
        return ShouldProcess(action + steps, action, "Confirm");
    }

    /// <summary>Runs an action; any failure of it becomes a terminating error with a stable id.</summary>
    private protected void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    /// <summary>Runs a function; any failure of it becomes a terminating error with a stable id.</summary>
    private protected T Guard<T>(Func<T> function)
    {
        try
        {
            return function();
        }
        catch (Exception exception) when (!IsOfPowerShell(exception))
        {
            // Whatever an operation dies of after Ctrl+C, it died of Ctrl+C.
            if (StopToken.IsCancellationRequested)
                throw new PipelineStoppedException();
            ThrowTerminatingError(ErrorRecords.From(ErrorTranslator.Translate(exception)));
            throw;
        }
    }

    /// <summary>Waits for a task of the engine on the thread pool, away from the host's synchronization context.</summary>
    private protected T Await<T>(Func<CancellationToken, Task<T>> start) =>
        Task.Run(() => start(StopToken)).GetAwaiter().GetResult();

    /// <summary>
    /// True for what PowerShell unwinds a pipeline with: Ctrl+C and -ErrorAction Stop (RuntimeException),
    /// Select-Object -First, break and exit (FlowControlException). These must pass as they are.
    /// </summary>
    private static bool IsOfPowerShell(Exception exception) => exception is RuntimeException or FlowControlException;

    private static bool ConcernsOneItem(LakebaseErrorKind kind) => kind is
        LakebaseErrorKind.NotFound or LakebaseErrorKind.Exists or LakebaseErrorKind.InvalidArgument or
        LakebaseErrorKind.InvalidData or LakebaseErrorKind.Permission or LakebaseErrorKind.Busy or
        LakebaseErrorKind.Timeout or LakebaseErrorKind.Verification;

    private void RunConfirmed(Operation operation, bool asks)
    {
        if (asks && !Confirmed(operation))
            return;
        try
        {
            OperationPump.Run(operation, this, StopToken);
        }
        finally
        {
            EndActivities();
        }
    }

    // An operation that failed half-way has left its progress bars; a host would show them until the script ends.
    private void EndActivities()
    {
        try
        {
            foreach (ProgressRecord record in _activities.End())
                WriteProgress(record);
        }
        catch (PipelineStoppedException)
        {
            // The pipeline is being stopped: the host clears its progress itself.
        }
    }
}
