using System.Diagnostics;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Indexing;
using LakebaseOps.Operations;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>The primary keys of four tables at once beside the index phase of pg_restore.</summary>
/// <param name="server">Where they are built.</param>
/// <param name="builds">Where the runs are kept.</param>
internal sealed class SeveralTables(BenchServer server, IndexBuilds builds)
{
    private const string Peer = "pg_restore -j2";

    private static readonly string[] s_tables = ["several_1", "several_2", "several_3", "several_4"];

    /// <summary>Its contest.</summary>
    public const string Contest = "four tables";

    /// <summary>Makes the tables and builds in turns; the largest table has half of <paramref name="rows"/>.</summary>
    /// <returns>The lines; none when pg_dump or pg_restore is missing.</returns>
    public async Task<IReadOnlyList<Comparison>> RunAsync(long rows, int rounds, CancellationToken cancellationToken)
    {
        if (OtherProgram.Find(server, "pg_restore") is null || OtherProgram.Find(server, "pg_dump") is null)
        {
            await Console.Error.WriteLineAsync($"NOT MEASURED: {Contest}: pg_dump and pg_restore are not installed.");
            return [];
        }

        IndexBenchShape shape = IndexBenchShape.All.First(one => one.Name == "text");
        for (int at = 0; at < s_tables.Length; at++)
        {
            string table = s_tables[at];
            await server.ExecuteAsync($"{shape.Create(table, rows / (at + 2))}; ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (k)", cancellationToken);
            await server.ExecuteAsync($"VACUUM ANALYZE {table}", cancellationToken);
        }

        string file = Path.Combine(Path.GetTempPath(), $"lakebaseops-bench-{Environment.ProcessId}.dump");
        string drop = string.Join("; ", s_tables.Select(table => $"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ALTER k DROP NOT NULL"));
        try
        {
            await OtherProgram.RunAsync(server, "pg_dump", "pg_dump", ["-Fc", "--section=post-data", "-t", "several_*", "-f", file], cancellationToken);
            await server.ExecuteAsync(drop, cancellationToken);
            for (int round = 0; round <= rounds; round++)
            {
                foreach (string contender in IndexBuilds.InTurn([Peer, .. Enum.GetNames<IndexBuildStrategy>()], round))
                {
                    await server.ExecuteAsync("CHECKPOINT", cancellationToken);
                    long start = Stopwatch.GetTimestamp();
                    await BuildAsync(contender, file, cancellationToken);
                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    builds.Add(new IndexRun(Contest, contender, round, seconds, seconds, null, null, 0, 0));
                    await server.ExecuteAsync(drop, cancellationToken);
                }
            }
        }
        finally
        {
            File.Delete(file);
        }

        return
        [
            .. new[] { Peer, "Defaults", "Hybrid" }.Select(peer => IndexBuilds.Against(
                $"{Contest}: planned with planning / {peer}", builds.Of(Contest, "Planned"), builds.Of(Contest, peer), peer == Peer ? 1.0 : null)),
        ];
    }

    private async Task BuildAsync(string contender, string file, CancellationToken cancellationToken)
    {
        if (contender == Peer)
        {
            await OtherProgram.RunAsync(server, "pg_restore", contender, ["-j2", "-d", server.Programs["PGDATABASE"], file], cancellationToken);
            return;
        }

        BuildIndexOptions options = new() { Table = s_tables, Columns = ["k"], PrimaryKey = true, Offline = true, Strategy = Enum.Parse<IndexBuildStrategy>(contender) };
        await Task.Run(() => OperationPump.Run(new BuildIndexOperation(server.Session, options), new OperationOutput(), cancellationToken), cancellationToken);
    }
}
