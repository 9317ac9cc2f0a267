using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace LakebaseOps.PowerShell.Tests;

/// <summary>Keeps what a cmdlet writes to its streams, and answers its questions.</summary>
internal sealed class RecordingRuntime : ICommandRuntime2
{
    public List<object> Output { get; } = [];

    public List<ErrorRecord> Errors { get; } = [];

    /// <summary>The error that ended the cmdlet.</summary>
    public ErrorRecord? Terminating { get; private set; }

    public List<string> Warnings { get; } = [];

    public List<string> Verbose { get; } = [];

    public List<ProgressRecord> Progress { get; } = [];

    public List<InformationRecord> Information { get; } = [];

    /// <summary>What ShouldProcess was asked.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>What ShouldProcess answers; false is -WhatIf.</summary>
    public bool Confirms { get; init; } = true;

    /// <summary>Called with each result, e.g. to throw as Select-Object -First does.</summary>
    public Action<object>? OnOutput { get; init; }

    /// <summary>Called with each progress record.</summary>
    public Action<ProgressRecord>? OnProgress { get; init; }

    /// <summary>-ErrorAction Stop.</summary>
    public bool StopsOnError { get; init; }

    public PSHost Host => null!;

    public PSTransactionContext CurrentPSTransaction => null!;

    public void WriteObject(object sendToPipeline)
    {
        Output.Add(sendToPipeline);
        OnOutput?.Invoke(sendToPipeline);
    }

    public void WriteObject(object sendToPipeline, bool enumerateCollection)
    {
        if (!enumerateCollection || sendToPipeline is not IEnumerable many)
        {
            WriteObject(sendToPipeline);
            return;
        }

        foreach (object item in many)
            WriteObject(item);
    }

    public void WriteError(ErrorRecord errorRecord)
    {
        Errors.Add(errorRecord);
        if (StopsOnError)
            throw new ActionPreferenceStopException(errorRecord.ErrorDetails.Message);
    }

    public void WriteWarning(string text) => Warnings.Add(text);

    public void WriteVerbose(string text) => Verbose.Add(text);

    public void WriteDebug(string text)
    {
    }

    public void WriteCommandDetail(string text)
    {
    }

    public void WriteProgress(ProgressRecord progressRecord)
    {
        Progress.Add(progressRecord);
        OnProgress?.Invoke(progressRecord);
    }

    public void WriteProgress(long sourceId, ProgressRecord progressRecord) => WriteProgress(progressRecord);

    public void WriteInformation(InformationRecord informationRecord) => Information.Add(informationRecord);

    public bool ShouldProcess(string target) => Ask(target);

    public bool ShouldProcess(string target, string action) => Ask($"{action}: {target}");

    public bool ShouldProcess(string verboseDescription, string verboseWarning, string caption) => Ask(verboseDescription);

    public bool ShouldProcess(string verboseDescription, string verboseWarning, string caption, out ShouldProcessReason shouldProcessReason)
    {
        shouldProcessReason = Confirms ? ShouldProcessReason.None : ShouldProcessReason.WhatIf;
        return Ask(verboseDescription);
    }

    public bool ShouldContinue(string query, string caption) => Ask(query);

    public bool ShouldContinue(string query, string caption, ref bool yesToAll, ref bool noToAll) => Ask(query);

    public bool ShouldContinue(string query, string caption, bool hasSecurityImpact, ref bool yesToAll, ref bool noToAll) => Ask(query);

    public bool TransactionAvailable() => false;

    public void ThrowTerminatingError(ErrorRecord errorRecord)
    {
        Terminating = errorRecord;
        throw new PipelineStoppedException();
    }

    private bool Ask(string question)
    {
        Asked.Add(question);
        return Confirms;
    }
}
