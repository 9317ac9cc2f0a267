using System.CommandLine;
using LakebaseOps.Runner;

RootCommand root = new("Runs LakebaseOps workflow files where there is no PowerShell.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
};
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count == 0)
    return await parsed.InvokeAsync();
foreach (var error in parsed.Errors)
    Console.Error.WriteLine(error.Message);
return ExitCode.BadInput;
