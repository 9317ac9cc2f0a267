using System.Diagnostics;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Another program against the benchmark's server.</summary>
internal static class OtherProgram
{
    /// <summary>Runs it to its end; what it wrote to its output.</summary>
    /// <exception cref="BenchmarkException">It failed.</exception>
    public static async Task<string> RunAsync(
        BenchServer server, string program, string name, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(Find(server, program)!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach ((string variable, string value) in server.Programs)
            start.Environment[variable] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        string said = await output;
        string all = said + await errors;
        return process.ExitCode == 0 && !all.Contains("ERROR", StringComparison.Ordinal)
            ? said
            : throw new BenchmarkException($"'{name}' ended with {process.ExitCode}: {all.Trim()}");
    }

    /// <summary>Where a program is; null when it is not installed.</summary>
    public static string? Find(BenchServer server, string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append(server.BinPath)
        .SelectMany(folder => new[] { Path.Combine(folder, program), Path.Combine(folder, program + ".exe") })
        .FirstOrDefault(File.Exists);
}
