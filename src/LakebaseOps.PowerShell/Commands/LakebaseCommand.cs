using System.Management.Automation;
using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Commands;

/// <summary>Base of every cmdlet: runs operations through the pump and maps what they say to PowerShell's streams.</summary>
public abstract class LakebaseCommand : PSCmdlet, IPumpOutput, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, int> _activities = new(StringComparer.Ordinal);

    /// <summary>Cancelled by Ctrl+C.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <summary>The open sessions of this runspace.</summary>
    private protected static SessionRegistry Sessions => RunspaceSessions.Current;

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    void IPumpOutput.Emit(object result) => WriteObject(result);

    void IPumpOutput.Report(OperationProgress progress)
    {
        if (!_activities.TryGetValue(progress.Activity, out int id))
            _activities[progress.Activity] = id = _activities.Count + 1;
        ProgressRecord record = new(id, progress.Activity, string.IsNullOrEmpty(progress.Status) ? " " : progress.Status)
        {
            PercentComplete = progress.Percent is double percent ? (int)Math.Clamp(percent, 0, 100) : -1,
            SecondsRemaining = progress.Remaining is TimeSpan remaining ? (int)remaining.TotalSeconds : -1,
            RecordType = progress.IsCompleted ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        };
        if (progress.Parent is not null && _activities.TryGetValue(progress.Parent, out int parent))
            record.ParentActivityId = parent;
        WriteProgress(record);
    }

    void IPumpOutput.Trace(string message) => WriteVerbose(message);

    void IPumpOutput.Warn(string message) => WriteWarning(message);

    void IPumpOutput.Milestone(string message) => WriteInformation(message, ["LakebaseOps"]);

    void IPumpOutput.Fail(LakebaseError error) => WriteError(ErrorRecords.From(error));

    /// <inheritdoc />
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Frees what the cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _stop.Dispose();
    }

    /// <summary>
    /// Asks ShouldProcess with the operation's own plan when the cmdlet writes, then runs it. What stops everything
    /// becomes a terminating error.
    /// </summary>
    private protected void Run(Operation operation, bool asks = false)
    {
        Guard(() =>
        {
            if (!asks || Confirmed(operation))
                OperationPump.Run(operation, this, StopToken);
        });
    }

    /// <summary>True when the user (or -WhatIf, -Confirm) lets the operation's plan happen.</summary>
    private protected bool Confirmed(Operation operation)
    {
        OperationPlan plan = Task.Run(() => operation.DescribeAsync(StopToken)).GetAwaiter().GetResult();
        foreach (string step in plan.Steps)
            WriteVerbose(step);
        return ShouldProcess(plan.Target, plan.Action);
    }

    /// <summary>Runs an action; any failure of it becomes a terminating error with a stable id.</summary>
    private protected void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception exception) when (exception is not (PipelineStoppedException or RuntimeException))
        {
            ThrowTerminatingError(ErrorRecords.From(ErrorTranslator.Translate(exception)));
        }
    }
}
