namespace System.Management.Automation;

/// <summary>A cmdlet that does with its streams what PowerShell's does: it hands everything to its command runtime.</summary>
public abstract class Cmdlet
{
    public ICommandRuntime CommandRuntime { get; set; } = null!;

    public bool Stopping { get; private set; }

    public virtual string GetResourceString(string baseName, string resourceId) => resourceId;

    public void WriteObject(object? sendToPipeline) => CommandRuntime.WriteObject(sendToPipeline);

    public void WriteObject(object? sendToPipeline, bool enumerateCollection) =>
        CommandRuntime.WriteObject(sendToPipeline, enumerateCollection);

    public void WriteError(ErrorRecord errorRecord) => CommandRuntime.WriteError(errorRecord);

    public void WriteWarning(string text) => CommandRuntime.WriteWarning(text);

    public void WriteVerbose(string text) => CommandRuntime.WriteVerbose(text);

    public void WriteDebug(string text) => CommandRuntime.WriteDebug(text);

    public void WriteProgress(ProgressRecord progressRecord) => CommandRuntime.WriteProgress(progressRecord);

    public void WriteCommandDetail(string text) => CommandRuntime.WriteCommandDetail(text);

    public void WriteInformation(object messageData, string[] tags)
    {
        InformationRecord record = new(messageData, GetType().Name);
        record.Tags.AddRange(tags);
        WriteInformation(record);
    }

    public void WriteInformation(InformationRecord informationRecord) =>
        ((ICommandRuntime2)CommandRuntime).WriteInformation(informationRecord);

    public bool ShouldProcess(string target) => CommandRuntime.ShouldProcess(target);

    public bool ShouldProcess(string target, string action) => CommandRuntime.ShouldProcess(target, action);

    public bool ShouldProcess(string verboseDescription, string verboseWarning, string caption) =>
        CommandRuntime.ShouldProcess(verboseDescription, verboseWarning, caption);

    public bool ShouldContinue(string query, string caption) => CommandRuntime.ShouldContinue(query, caption);

    public bool ShouldContinue(string query, string caption, ref bool yesToAll, ref bool noToAll) =>
        CommandRuntime.ShouldContinue(query, caption, ref yesToAll, ref noToAll);

    public void ThrowTerminatingError(ErrorRecord errorRecord)
    {
        CommandRuntime.ThrowTerminatingError(errorRecord);
        throw new InvalidOperationException("A command runtime must throw a terminating error.");
    }

    protected virtual void BeginProcessing()
    {
    }

    protected virtual void ProcessRecord()
    {
    }

    protected virtual void EndProcessing()
    {
    }

    protected virtual void StopProcessing()
    {
    }

    // Called by PowerShell's pipeline; tests reach them by reflection.
    internal void DoBegin() => BeginProcessing();

    internal void DoProcess() => ProcessRecord();

    internal void DoEnd() => EndProcessing();

    internal void DoStop()
    {
        Stopping = true;
        StopProcessing();
    }
}

public abstract class PSCmdlet : Cmdlet
{
    public string ParameterSetName { get; internal set; } = ParameterAttribute.AllParameterSets;

    public InvocationInfo MyInvocation { get; } = new();

    public SessionState SessionState { get; } = new();

    public PathInfo CurrentProviderLocation(string providerId) => SessionState.Path.CurrentLocation;

    public string GetUnresolvedProviderPathFromPSPath(string path) => SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);

    public Collections.ObjectModel.Collection<string> GetResolvedProviderPathFromPSPath(string path, out ProviderInfo provider) =>
        SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);

    public object? GetVariableValue(string name) => null;

    public object? GetVariableValue(string name, object? defaultValue) => defaultValue;
}

public class InvocationInfo
{
    public Dictionary<string, object> BoundParameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    public string InvocationName { get; set; } = "";

    public bool ExpectingInput { get; internal set; }

    public int PipelineLength { get; internal set; } = 1;

    public int PipelinePosition { get; internal set; } = 1;
}
