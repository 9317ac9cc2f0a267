using System.CommandLine;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Runner;

/// <summary>"run FILE": the whole workflow.</summary>
internal static class RunCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        WorkflowArguments arguments = new();
        Option<string?> output = new("--output") { Description = "Folder for run.json and what the steps write.", HelpName = "DIR" };
        Option<bool> restart = new("--restart") { Description = "Repeat steps that an earlier, failed run has finished." };
        Option<bool> verbose = new("--verbose") { Description = "Show details." };
        Command command = new("run", "Run a workflow file. Exit code 0: done and verified, 1: a step or gate failed, 2: bad input, 130: interrupted.")
        {
            arguments.File, output, arguments.Set, restart, arguments.Json, verbose,
        };
        command.SetAction(async parsed =>
        {
            using ConsoleOutput console = new(parsed.GetValue(arguments.Json), parsed.GetValue(verbose));
            return await Interruptible.RunAsync(console, async cancellationToken =>
            {
                SessionRegistry sessions = new();
                await using (sessions)
                {
                    InvokeWorkflowOperation operation = new(sessions, new InvokeWorkflowOptions
                    {
                        Path = parsed.GetRequiredValue(arguments.File),
                        OutputPath = parsed.GetValue(output),
                        Variable = arguments.Variables(parsed),
                        Restart = parsed.GetValue(restart),
                        PassThru = parsed.GetValue(arguments.Json),
                    });
                    OperationPump.Run(operation, console, cancellationToken);
                }

                return console.HasFailed ? ExitCode.Failed : ExitCode.Done;
            });
        });
        return command;
    }
}
