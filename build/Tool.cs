using System.ComponentModel;
using System.Diagnostics;

namespace LakebaseOps.Build;

/// <summary>Runs other programs with their output on this console.</summary>
internal static class Tool
{
    /// <summary>The exit code that stands for "not installed".</summary>
    public const int Missing = 127;

    /// <summary>Runs a program in the repository's root; its exit code, or <see cref="Missing"/>.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="cancellationToken">Ctrl+C, which the program gets as well: it is awaited all the same.</param>
    /// <param name="environment">Variables to set for it.</param>
    /// <param name="quiet">Drop its standard output.</param>
    public static async Task<int> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null,
        bool quiet = false)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            UseShellExecute = false,
            RedirectStandardOutput = quiet,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            using Process process = Process.Start(start)!;
            if (quiet)
                await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return Missing;
        }
    }

    /// <summary>Builds a project as it ships; its exit code.</summary>
    /// <param name="analyze">True for the build that is tested: analyzers have their say once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="project">Parts of its path.</param>
    public static Task<int> BuildAsync(bool analyze, CancellationToken cancellationToken, params string[] project) =>
        RunAsync(
            "dotnet",
            [
                "build", Repository.At(project), "--configuration", "Release", "--nologo", "--verbosity", "quiet",
                $"-p:RunAnalyzers={(analyze ? "true" : "false")}",
            ],
            cancellationToken);

    /// <summary>The program that a project builds.</summary>
    public static string Built(string project, string configuration)
    {
        string name = Repository.At("artifacts", "bin", project, configuration.ToLowerInvariant(), project);
        return OperatingSystem.IsWindows() ? name + ".exe" : name;
    }

    /// <summary>True when the program is found in PATH.</summary>
    public static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));
}
