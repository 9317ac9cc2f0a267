using System.CommandLine;
using LakebaseOps.Build.Help;

namespace LakebaseOps.Build;

/// <summary>Target "module": what Import-Module ./LakebaseOps.psd1 needs.</summary>
internal static class ModuleTarget
{
    public static Command Command()
    {
        Command command = new("module", "Build the module so that Import-Module ./LakebaseOps.psd1 works.");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    /// <summary>Publishes the cmdlets with all they need, and their help, into module/bin.</summary>
    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(Repository.ModuleBin))
            Directory.Delete(Repository.ModuleBin, recursive: true);
        int code = await Tool.RunAsync(
            "dotnet",
            [
                "publish", Repository.At("src", "LakebaseOps.PowerShell"), "--configuration", "Release",
                "--output", Repository.ModuleBin, "--nologo", "--verbosity", "quiet",
                // The tests' build is where the analyzers have their say.
                "-p:RunAnalyzers=false",
                "-p:PublishDocumentationFiles=false", "-p:PublishReferencesDocumentationFiles=false",
            ],
            cancellationToken);
        if (code == 0)
            HelpStep.Run();
        return code;
    }
}
