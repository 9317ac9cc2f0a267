using System.Globalization;
using LakebaseOps.Benchmarks.Loading;

namespace LakebaseOps.Benchmarks.Serving;

/// <summary>Runs pgbench with prepared statements, and reads its log of single transactions.</summary>
internal static class PgBench
{
    /// <summary>Where a line of the log says how many microseconds a transaction took.</summary>
    public const int LoggedTime = 2;

    /// <summary>Where it says how many microseconds a transaction with a given time began late.</summary>
    public const int LoggedLag = 6;

    /// <summary>Arguments that make it log every transaction.</summary>
    public static IReadOnlyList<string> Log(string folder) => ["-l", $"--log-prefix={Path.Combine(folder, "log")}"];

    /// <summary>Lines "client transaction microseconds script epoch microseconds [lag]".</summary>
    public static IEnumerable<double[]> Logged(string folder) =>
        Directory.EnumerateFiles(folder, "log.*").SelectMany(File.ReadLines)
            .Select(line => line.Split(' ').Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray());

    /// <summary>Runs a script.</summary>
    /// <param name="server">Where.</param>
    /// <param name="script">The script; <c>:key0</c> and so on stand for the keys.</param>
    /// <param name="keys">A key for each entity of the workload.</param>
    /// <param name="folder">Takes its files.</param>
    /// <param name="more">Further arguments.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What it wrote.</returns>
    public static async Task<string> RunAsync(
        ServeServer server, string script, IReadOnlyList<string> keys, string folder, string[] more, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, "request.sql");
        await File.WriteAllTextAsync(path, script + "\n", cancellationToken);
        return await OtherProgram.RunAsync(
            server.Server, "pgbench", "pgbench",
            ["-n", "-M", "prepared", "-f", path, .. keys.SelectMany((key, entity) => new[] { "-D", $"key{entity}={key}" }), .. more], cancellationToken);
    }
}
