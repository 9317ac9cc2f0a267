using System.Diagnostics;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>A contender that is another program.</summary>
internal abstract class ExternalProgram(BenchServer server, string program) : Contender
{
    /// <inheritdoc />
    public override bool IsOwn => false;

    /// <inheritdoc />
    public override string? Missing => Find(program) is null ? $"{program} is not installed" : null;

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="BenchmarkException">It failed.</exception>
    protected async Task ExecuteAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(Find(program)!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach ((string name, string value) in server.Programs)
            start.Environment[name] = value;
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

        string said = await output + await errors;
        if (process.ExitCode != 0 || said.Contains("ERROR", StringComparison.Ordinal))
            throw new BenchmarkException($"'{Name}' ended with {process.ExitCode}: {said.Trim()}");
    }

    /// <summary>Where a program is; null when it is not installed.</summary>
    protected string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append(server.BinPath)
        .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") })
        .FirstOrDefault(File.Exists);
}
