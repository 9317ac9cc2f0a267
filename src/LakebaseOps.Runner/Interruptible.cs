using System.Runtime.InteropServices;
using LakebaseOps.Operations;

namespace LakebaseOps.Runner;

/// <summary>Runs an action that Ctrl+C and SIGTERM end in good order, and turns how it ended into an exit code.</summary>
internal static class Interruptible
{
    private static readonly string[] BadInput =
        [ErrorIds.WorkflowInvalid, ErrorIds.InvalidArgument, ErrorIds.InvalidName, ErrorIds.FileNotFound, ErrorIds.SecretNotFound];

    /// <summary>Runs it; errors are shown on the console.</summary>
    public static async Task<int> RunAsync(ConsoleOutput console, Func<CancellationToken, Task<int>> action)
    {
        using CancellationTokenSource cancellation = new();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await action(cancellation.Token);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            console.Warn("Interrupted; run it again to go on.");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            LakebaseError error = ErrorTranslator.Translate(exception);
            console.Fail(error);
            return BadInput.Contains(error.Id) ? ExitCode.BadInput : ExitCode.Failed;
        }
    }
}
