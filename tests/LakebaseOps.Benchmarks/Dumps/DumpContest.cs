using System.Diagnostics;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Operations;

namespace LakebaseOps.Benchmarks.Dumps;

/// <summary>The contenders over one database.</summary>
internal sealed class DumpContest(BenchServer server, string name, PostgresSession source, string folder, CancellationToken cancellationToken)
{
    public const string Plain = "dump", Packed = "dump packed", Restore = "restore", Counted = "restore, counted", Copy = "copy";
    public const string PgPlain = "pg_dump -Z0", PgPacked = "pg_dump", PgRestore = "pg_restore + vacuumdb", PgCopyDb = "pgcopydb";

    private readonly string _plain = Path.Combine(folder, $"{name}-ours");
    private readonly string _pg = Path.Combine(folder, $"{name}-pg");
    private string? _proof;

    public static async Task<IReadOnlyList<string>> VersionsAsync(BenchServer server, CancellationToken cancellationToken)
    {
        List<string> versions = [];
        foreach (string program in new[] { "pg_dump", "pg_restore", "vacuumdb", "pgcopydb" })
        {
            versions.Add(OtherProgram.Find(server, program) is null ? $"{program} is not installed"
                : (await OtherProgram.RunAsync(server, program, program, ["--version"], cancellationToken)).Split('\n')[0].Trim());
        }

        return versions;
    }

    public static bool IsDump(string contender) => contender is Plain or Packed or PgPlain or PgPacked;

    public async Task<DumpRun> RunAsync(string contender, int round)
    {
        _proof ??= await DumpProof.ReadAsync(source, cancellationToken);
        bool isDump = IsDump(contender);
        bool isOwn = contender is Plain or Packed or Restore or Counted or Copy;
        string path = contender switch { Plain => _plain, PgPlain => _pg, _ => Path.Combine(folder, "other") };
        if (isDump && Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        PostgresSession? target = null;
        string database = $"target_{round}";
        if (!isDump)
        {
            await server.ExecuteAsync($"CREATE DATABASE {database}", cancellationToken);
            target = await server.ConnectAsync(database, cancellationToken);
        }

        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
        PeakMemory.Reset();
        TimeSpan? before = Cpu(isOwn);
        long started = Stopwatch.GetTimestamp();
        await (contender switch
        {
            Plain => OwnAsync(new ExportDumpOperation(source, new ExportDumpOptions { Path = path, Compression = DumpCompression.None })),
            Packed => OwnAsync(new ExportDumpOperation(source, new ExportDumpOptions { Path = path })),
            Restore => OwnAsync(new ImportDumpOperation(target!, new ImportDumpOptions { Path = _plain })),
            Counted => OwnAsync(new ImportDumpOperation(target!, new ImportDumpOptions { Path = _plain, Proof = LoadProof.Count })),
            Copy => OwnAsync(new CopyDatabaseOperation(source, new CopyDatabaseOptions()) { Source = target }),
            PgPlain => ProgramAsync("pg_dump", ["-Fd", "-j2", "-Z0", "-f", path, source.Database]),
            PgPacked => ProgramAsync("pg_dump", ["-Fd", "-j2", "-f", path, source.Database]),
            PgRestore => PgRestoreAsync(database),
            _ => PgCopyDbAsync(database),
        });
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        TimeSpan? cpu = Cpu(isOwn) - before;
        long? peak = isOwn ? PeakMemory.Read() : null;
        long bytes = isDump ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) : 0;
        if (target is not null)
        {
            string arrived = await DumpProof.ReadAsync(target, cancellationToken);
            if (arrived != _proof)
                throw new BenchmarkException($"{name}, {contender}: what arrived is not what was there:\n{arrived}\ninstead of\n{_proof}");
            await target.DisposeAsync();
            await server.ExecuteAsync($"DROP DATABASE {database} WITH (FORCE)", cancellationToken);
        }

        return new DumpRun(name, contender, round, seconds, cpu?.TotalSeconds, bytes, peak);
    }

    private TimeSpan? Cpu(bool isOwn) => ProcessTime.Tree(server.ProcessId) + (isOwn ? Environment.CpuUsage.TotalTime : ProcessTime.EndedChildren());

    private Task OwnAsync(Operation operation) => Task.Run(() => OperationPump.Run(operation, new OperationOutput(), cancellationToken), cancellationToken);

    private Task<string> ProgramAsync(string program, IEnumerable<string> arguments) => OtherProgram.RunAsync(server, program, program, arguments, cancellationToken);

    private async Task PgRestoreAsync(string database)
    {
        await ProgramAsync("pg_restore", ["-j2", "-d", database, _pg]);
        await ProgramAsync("vacuumdb", ["-z", "-j2", "-d", database]);
    }

    private async Task PgCopyDbAsync(string database)
    {
        string work = Path.Combine(folder, "pgcopydb");
        string Uri(string of) => $"postgres://{server.Programs["PGUSER"]}@{server.Programs["PGHOST"]}:{server.Programs["PGPORT"]}/{of}";
        try
        {
            await ProgramAsync("pgcopydb", ["clone", "--source", Uri(source.Database), "--target", Uri(database), "--table-jobs", "2", "--index-jobs", "2", "--split-tables-larger-than", "64MB", "--no-owner", "--dir", work]);
        }
        finally
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
        }
    }
}
