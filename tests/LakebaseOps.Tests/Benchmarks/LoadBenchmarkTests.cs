using LakebaseOps.Benchmarks;
using LakebaseOps.Benchmarks.Loading;

namespace LakebaseOps.Tests.Benchmarks;

/// <summary>How the benchmark "load" measures and judges: what would make its figures worthless without anybody noticing.</summary>
public sealed class LoadBenchmarkTests
{
    private const string Stat =
        "4711 (postgres: a) (b)) S 17 4711 4711 0 -1 4194560 1201 3302 0 4 150 25 1000 300 20 0 1 0 123456 220000000 9000 18446744073709551615";

    [Fact]
    public void Equal_tables_pass_whatever_their_order()
    {
        EqualityGate gate = new("csv narrow", rows: 10);
        gate.Require("psql", new TableProof(10, "12345"));
        gate.Require("ours", new TableProof(10, "12345"));
    }

    [Fact]
    public void A_table_with_other_rows_voids_the_benchmark()
    {
        EqualityGate gate = new("csv narrow", rows: 10);
        gate.Require("psql", new TableProof(10, "12345"));
        BenchmarkException refused = Assert.Throws<BenchmarkException>(() => gate.Require("ours", new TableProof(10, "12346")));
        Assert.Contains("'ours'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'psql'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_with_too_few_rows_voids_the_benchmark_even_as_the_first()
    {
        EqualityGate gate = new("csv narrow", rows: 10);
        Assert.Throws<BenchmarkException>(() => gate.Require("ours", new TableProof(9, "12345")));
        Assert.Throws<BenchmarkException>(() => gate.RequireCount("pgbench", new TableProof(11, "")));
    }

    [Fact]
    public void A_table_whose_rows_are_its_own_is_not_the_measure_of_others()
    {
        EqualityGate gate = new("generator accounts", rows: 10);
        gate.RequireCount("pgbench", new TableProof(10, "1"));
        gate.Require("ours", new TableProof(10, "2"));
        gate.Require("raw binary", new TableProof(10, "2"));
    }

    [Fact]
    public void Process_times_are_read_behind_a_name_with_blanks_and_brackets() =>
        Assert.Equal(new ProcessTime(ParentId: 17, Own: 175, Ended: 1300), ProcessTime.Parse(Stat));

    [Fact]
    public void Waiting_is_no_busy_time() =>
        Assert.Equal(TimeSpan.FromSeconds(1.21), MachineTime.ParseBusy("cpu  100 1 10 5000 900 2 3 5 70 80"));

    [Fact]
    public void The_time_of_a_server_holds_that_of_its_ended_children()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the times of other processes.");
        TimeSpan before = ProcessTime.Tree(Environment.ProcessId)!.Value;
        using (System.Diagnostics.Process child = System.Diagnostics.Process.Start("sh", ["-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"]))
            child.WaitForExit();
        Assert.True(ProcessTime.Tree(Environment.ProcessId)!.Value - before >= TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void A_missed_target_is_said_and_a_warm_up_does_not_count()
    {
        RunFigures[] runs =
        [
            Run("ours, 2 streams", round: 0, seconds: 100), Run("ours, 2 streams", 1, 1), Run("ours, 2 streams", 2, 1), Run("ours, 2 streams", 3, 1),
            Run("psql, 1 session", 0, 1), Run("psql, 1 session", 1, 3), Run("psql, 1 session", 2, 3), Run("psql, 1 session", 3, 3),
            Run("psql, 2 sessions", 0, 1), Run("psql, 2 sessions", 1, 1.5), Run("psql, 2 sessions", 2, 1.5), Run("psql, 2 sessions", 3, 1.5),
        ];
        Comparison[] lines = [.. new LoadTargets("csv narrow", runs, quick: false).Lines()];
        Comparison one = Assert.Single(lines, line => line.Name.EndsWith("/ psql, 1 session", StringComparison.Ordinal));
        Assert.Equal(3, one.Ratio!.Value, precision: 9);
        Assert.True(one.Holds);
        Comparison two = Assert.Single(lines, line => line.Name.EndsWith("/ psql, 2 sessions", StringComparison.Ordinal));
        Assert.Equal(1.5, two.Ratio!.Value, precision: 9);
        Assert.False(two.Holds);
    }

    [Fact]
    public async Task A_dirty_file_holds_every_clean_row_and_one_bad_row_for_a_thousand()
    {
        string folder = Directory.CreateTempSubdirectory("lakebaseops-bench-").FullName;
        try
        {
            string[] rows = [.. Enumerable.Range(0, 30_500).Select(i => $"row {i},1")];
            string clean = Path.Combine(folder, "clean.csv");
            string dirty = Path.Combine(folder, "dirty.csv");
            await File.WriteAllTextAsync(clean, string.Join('\n', rows) + "\n", TestContext.Current.CancellationToken);
            Assert.Equal(30, await DirtyFile.WriteAsync(clean, dirty, DirtyFile.Classes, TestContext.Current.CancellationToken));
            string[] lines = await File.ReadAllLinesAsync(dirty, TestContext.Current.CancellationToken);
            Assert.Equal(30_530, lines.Length);
            Assert.Equal(rows, lines.Where((_, i) => i % 1001 != 1000));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static RunFigures Run(string contender, int round, double seconds) => new()
    {
        Contest = "csv narrow",
        Contender = contender,
        Round = round,
        Place = 0,
        Rows = 1_000,
        Seconds = seconds,
    };
}
