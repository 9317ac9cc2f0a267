using System.Diagnostics;
using LakebaseOps.Build;

namespace LakebaseOps.PowerShell.Tests.Sources;

/// <summary>The files of the repository: what git tracks, or all outside of build output where there is no git.</summary>
internal static class TrackedFiles
{
    private static readonly string[] Generated = ["artifacts", "bin", "obj", "output", ".git", ".vs", ".idea", ".vscode"];

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> All { get; } = FromGit() ?? FromTree();

    public static byte[] Bytes(string path) => File.ReadAllBytes(Repository.At(path));

    public static string Text(string path) => File.ReadAllText(Repository.At(path));

    private static string[]? FromGit()
    {
        try
        {
            // Files not yet added count as well: that is when a secret can still be kept out.
            ProcessStartInfo start = new("git", ["-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard"])
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process git = Process.Start(start)!;
            Task<string> errors = git.StandardError.ReadToEndAsync();
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 && errors.Result.Length == 0
                ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(path => File.Exists(Repository.At(path))).Distinct()]
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string[] FromTree() =>
    [
        .. Directory.EnumerateFiles(Repository.Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Generated.Contains)),
    ];
}
