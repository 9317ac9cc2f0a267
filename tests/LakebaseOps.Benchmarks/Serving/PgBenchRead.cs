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
            await ExecuteAsync(keys, folder, ["-t", requests.ToString(CultureInfo.InvariantCulture), .. PgBench.Log(folder)], cancellationToken);
            double[] times = [.. PgBench.Logged(folder).Select(line => line[PgBench.LoggedTime])];
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

    private Task<string> ExecuteAsync(IReadOnlyList<string> keys, string folder, string[] more, CancellationToken cancellationToken) =>
        PgBench.RunAsync(server, isFloor ? "SELECT :key0;" : server.Pipeline, keys, folder, more, cancellationToken);

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Rate();
}
