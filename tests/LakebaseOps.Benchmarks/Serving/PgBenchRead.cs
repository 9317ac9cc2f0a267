using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading;

namespace LakebaseOps.Benchmarks.Serving;

/// <summary>pgbench with prepared statements: the lookups of all tables in one pipeline, or the floor.</summary>
/// <param name="server">The server.</param>
/// <param name="isFloor">True for one <c>SELECT</c> of a parameter.</param>
internal sealed partial class PgBenchRead(ServeServer server, bool isFloor) : ServeContender
{
    /// <summary>Name of the pipeline.</summary>
    public const string Pipeline = "pgbench, pipeline";

    /// <summary>Name of the floor.</summary>
    public const string Floor = "pgbench, floor";

    /// <inheritdoc />
    public override string Name => isFloor ? Floor : Pipeline;

    /// <inheritdoc />
    public override async Task<ServeSamples> RunAsync(
        IReadOnlyList<string> keys, int requests, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("lakebaseops-bench-").FullName;
        try
        {
            await ExecuteAsync(keys, folder,
                ["-t", requests.ToString(CultureInfo.InvariantCulture), "-l", $"--log-prefix={Path.Combine(folder, "log")}"], cancellationToken);
            // Lines "client transaction microseconds script epoch microseconds".
            double[] times =
            [
                .. Directory.EnumerateFiles(folder, "log.*").SelectMany(File.ReadLines)
                    .Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture)),
            ];
            return times.Length == requests
                ? new ServeSamples(times[Skipped..], null)
                : throw new BenchmarkException($"'{Name}' logged {times.Length} of {requests} requests.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc />
    public override TimeSpan? ProcessorTime() => ProcessTime.EndedChildren();

    /// <inheritdoc />
    public override async Task<double> RateAsync(
        IReadOnlyList<string> keys, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("lakebaseops-bench-").FullName;
        try
        {
            string said = await ExecuteAsync(keys, folder,
                [
                    "-c", clients.ToString(CultureInfo.InvariantCulture), "-j", Math.Min(clients, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture),
                    "-T", Math.Ceiling(duration.TotalSeconds).ToString(CultureInfo.InvariantCulture),
                ], cancellationToken);
            return double.Parse(Rate().Match(said).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<string> ExecuteAsync(
        IReadOnlyList<string> keys, string folder, string[] more, CancellationToken cancellationToken)
    {
        string script = Path.Combine(folder, "request.sql");
        await File.WriteAllTextAsync(script, isFloor ? "SELECT :key0;\n" : server.Pipeline, cancellationToken);
        ProcessStartInfo start = new(
            "pgbench", ["-n", "-M", "prepared", "-f", script, .. keys.SelectMany((key, entity) => new[] { "-D", $"key{entity}={key}" }), .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
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

        string said = await output;
        string complained = await errors;
        return process.ExitCode == 0 && !complained.Contains("error", StringComparison.OrdinalIgnoreCase)
            ? said
            : throw new BenchmarkException($"'{Name}' ended with {process.ExitCode}: {complained.Trim()}");
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Rate();
}
