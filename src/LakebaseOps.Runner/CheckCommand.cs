using System.CommandLine;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Runner;

/// <summary>"check FILE": everything that is wrong with a workflow, without running it.</summary>
internal static class CheckCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        WorkflowArguments arguments = new();
        Command command = new("check", "Check a workflow file without running it. Exit code 0: it is valid, 2: it is not.")
        {
            arguments.File, arguments.Set, arguments.Json,
        };
        command.SetAction(async parsed =>
        {
            using ConsoleOutput console = new(parsed.GetValue(arguments.Json));
            return await Interruptible.RunAsync(console, cancellationToken =>
            {
                OperationPump.Run(
                    new TestWorkflowOperation(new TestWorkflowOptions
                    {
                        Path = parsed.GetRequiredValue(arguments.File),
                        Variable = arguments.Variables(parsed),
                    }),
                    console,
                    cancellationToken);
                return Task.FromResult(console.HasFailed ? ExitCode.BadInput : ExitCode.Done);
            });
        });
        return command;
    }
}
