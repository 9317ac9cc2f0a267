using System.Management.Automation;
using System.Reflection;

namespace LakebaseOps.PowerShell.Tests;

/// <summary>Runs a cmdlet on the stand-in as PowerShell's pipeline would: begin, one record for each input, end, dispose.</summary>
internal static class CommandRun
{
    /// <summary>A run with no pipeline input.</summary>
    public static RecordingRuntime Invoke(PSCmdlet cmdlet, RecordingRuntime? runtime = null) =>
        Invoke(cmdlet, [static () => { }], runtime);

    /// <summary>A run with one record for each binding; a binding sets the properties that come from the pipeline.</summary>
    /// <exception cref="Exception">What the cmdlet let pass, except the end after a terminating error.</exception>
    public static RecordingRuntime Invoke(PSCmdlet cmdlet, IEnumerable<Action> bindings, RecordingRuntime? runtime = null)
    {
        runtime ??= new RecordingRuntime();
        cmdlet.CommandRuntime = runtime;
        try
        {
            Call(cmdlet, "DoBegin");
            foreach (Action bind in bindings)
            {
                bind();
                Call(cmdlet, "DoProcess");
            }

            Call(cmdlet, "DoEnd");
        }
        catch (PipelineStoppedException) when (runtime.Terminating is not null)
        {
        }
        finally
        {
            (cmdlet as IDisposable)?.Dispose();
        }

        return runtime;
    }

    /// <summary>Ctrl+C.</summary>
    public static void Stop(PSCmdlet cmdlet) => Call(cmdlet, "DoStop");

    private static void Call(PSCmdlet cmdlet, string method) => typeof(Cmdlet)
        .GetMethod(method, BindingFlags.Instance | BindingFlags.NonPublic)!
        .Invoke(cmdlet, BindingFlags.DoNotWrapExceptions, null, null, null);
}
