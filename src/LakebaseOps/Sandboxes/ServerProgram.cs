using System.ComponentModel;
using System.Diagnostics;

namespace LakebaseOps.Sandboxes;

/// <summary>What a program left behind.</summary>
/// <param name="ExitCode">Its exit code; -1 when it could not be started.</param>
/// <param name="Output">Standard output and error together.</param>
public sealed record ProgramResult(int ExitCode, string Output);

/// <summary>Runs PostgreSQL's own programs; as the unprivileged server account when this process is root.</summary>
internal static class ServerProgram
{
    /// <summary>The account that owns a sandbox when this process is root: PostgreSQL refuses to run as root.</summary>
    public static string? ServerAccount { get; } = !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? null
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    /// <summary>Runs a program as this process's own account.</summary>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        // A daemon started by pg_ctl inherits the pipes, so reading them to their end would wait for the daemon:
        // what was read until the program's own exit is enough.
        ProcessStartInfo start = new(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        try
        {
            using Process process = new() { StartInfo = start };
            List<string> lines = [];
            void Keep(string? line)
            {
                lock (lines)
                {
                    if (line is not null)
                        lines.Add(line);
                }
            }

            process.OutputDataReceived += (_, received) => Keep(received.Data);
            process.ErrorDataReceived += (_, received) => Keep(received.Data);
            process.Start();
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            try
            {
                while (!process.WaitForExit(0))
                    await Task.Delay(10, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit(5000);
                throw;
            }

            // Give the readers their last lines without waiting for an inherited pipe to close.
            await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
            lock (lines)
                return new ProgramResult(process.ExitCode, string.Join('\n', lines));
        }
        catch (Win32Exception exception)
        {
            return new ProgramResult(-1, exception.Message);
        }
    }

    /// <summary>Runs a program as the server's account.</summary>
    public static Task<ProgramResult> RunAsServerAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ServerAccount is null
            ? RunAsync(program, arguments, cancellationToken)
            : RunAsync("runuser", ["-u", ServerAccount, "--", program, .. arguments], cancellationToken);

    /// <summary>
    /// Ends programs of PostgreSQL that still work in a sandbox's folder though no lock file says so: what a start leaves that was killed half-way. On Linux only, where other processes' arguments can be read.
    /// </summary>
    public static void KillStrays(string sandbox)
    {
        if (!OperatingSystem.IsLinux())
            return;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int id) || ProcessStamp.Of(id) is not ProcessStamp process)
                continue;
            try
            {
                string[] arguments = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0');
                if (Path.GetFileName(arguments[0]) is "postgres" or "initdb" or "pg_ctl"
                    && arguments.Any(argument => argument.StartsWith(sandbox + "/", StringComparison.Ordinal)))
                    process.Kill();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended, or belongs to another account and so is none of ours.
            }
        }
    }
}
