using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Operations;
using LakebaseOps.Verification;
using Npgsql;

namespace LakebaseOps.Benchmarks.Verification;

/// <summary>
/// Comparing the content of two tables, in turns: ours against sum(hashtext(row::text)) over both, and ours of tables that differ in
/// one row, which is named, against ours of equal ones. One session each; with two sessions beside the server's own workers.
/// </summary>
internal sealed class VerifyBenchmark : Benchmark
{
    private static readonly Shape[] Shapes =
    [
        new("narrow", 600_000, "k text PRIMARY KEY, a float8, b float8, c float8, n bigint",
            "md5(g::text) || md5((g + 1)::text), g / 3.0, g / 7.0, g / 11.0, g"),
        new("wide", 200_000,
            "k text PRIMARY KEY, n bigint, at timestamptz, " + string.Join(", ", Enumerable.Range(1, 12).Select(i => $"f{i} float8"))
                + ", t1 text, t2 text, m1 numeric(12,2), m2 numeric(12,2), s smallint",
            "md5(g::text) || md5((g + 1)::text), g, timestamptz '2026-01-01 00:00:00+00' + g * interval '1 s', "
                + string.Join(", ", Enumerable.Range(1, 12).Select(i => $"g / {i + 2}.0")) + ", md5(g::text), md5((g + 7)::text), g / 8.0, g / 4.0, g % 100"),
    ];

    /// <inheritdoc />
    public override string Name => "verify";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        Dictionary<string, string> settings = new() { ["shared_buffers"] = "512MB", ["fsync"] = "off" };
        foreach ((string name, string value) in options.Settings)
            settings[name] = value;
        await using BenchServer server = await BenchServer.StartAsync(settings, cancellationToken);
        List<Comparison> lines = [];
        foreach (Shape shape in Shapes.Where(shape => options.Contest is null || Regex.IsMatch(shape.Name, options.Contest)))
        {
            await MakeAsync(server, shape, (long)(shape.Rows * options.Rows * (options.Quick ? 0.5 : 1)), cancellationToken);
            lines.AddRange(await RunAsync(server, shape, options.Quick ? 3 : 7, cancellationToken));
        }

        return new BenchmarkResult(lines, await server.SettingsAsync(cancellationToken));
    }

    private static async Task MakeAsync(BenchServer server, Shape shape, long rows, CancellationToken cancellationToken)
    {
        string name = shape.Name;
        foreach (string copy in new[] { name, $"{name}_alike", $"{name}_apart", $"{name}_alike1", $"{name}_apart1" })
        {
            string from = copy == name
                ? string.Create(CultureInfo.InvariantCulture, $"SELECT {shape.Values} FROM generate_series(1, {rows}) g")
                : $"SELECT * FROM {name}" + (copy.Contains("apart", StringComparison.Ordinal) ? " ORDER BY md5(k)" : "");
            await server.ExecuteAsync($"CREATE TABLE {copy} ({shape.Columns}); INSERT INTO {copy} {from}", cancellationToken);
        }

        // One bit of one value, in the middle.
        foreach (string copy in new[] { $"{name}_alike1", $"{name}_apart1" })
            await server.ExecuteAsync($"UPDATE {copy} SET n = n # 1 WHERE n = {rows / 2}", cancellationToken);
        foreach (string copy in new[] { name, $"{name}_alike", $"{name}_apart", $"{name}_alike1", $"{name}_apart1" })
            await server.ExecuteAsync($"VACUUM (FREEZE, ANALYZE) {copy}", cancellationToken);
    }

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchServer server, Shape shape, int rounds, CancellationToken cancellationToken)
    {
        string name = shape.Name;
        Dictionary<string, Func<Task<double>>> contenders = new()
        {
            ["text"] = () => TextAsync(server, [name, $"{name}_apart"], workers: false, cancellationToken),
            ["equality"] = () => OursAsync(server, name, $"{name}_apart", ContentComparison.Equality, 1, null, cancellationToken),
            ["strict"] = () => OursAsync(server, name, $"{name}_apart", ContentComparison.Strict, 1, null, cancellationToken),
            ["named, lying apart"] = () => OursAsync(server, name, $"{name}_apart1", ContentComparison.Equality, 1, 1, cancellationToken),
            ["alike"] = () => OursAsync(server, name, $"{name}_alike", ContentComparison.Equality, 1, null, cancellationToken),
            ["named, lying alike"] = () => OursAsync(server, name, $"{name}_alike1", ContentComparison.Equality, 1, 1, cancellationToken),
            ["strict named"] = () => OursAsync(server, name, $"{name}_apart1", ContentComparison.Strict, 1, 1, cancellationToken),
            ["text workers"] = () => TextAsync(server, [name, $"{name}_apart"], workers: true, cancellationToken),
            ["two sessions"] = () => OursAsync(server, name, $"{name}_apart", ContentComparison.Equality, 2, null, cancellationToken),
        };
        Dictionary<string, List<double>> times = contenders.Keys.ToDictionary(key => key, _ => new List<double>());
        for (int round = 0; round <= rounds; round++)
        {
            // The first round warms up; each begins with another contender.
            foreach ((string contender, Func<Task<double>> run) in contenders.Skip(round % contenders.Count).Concat(contenders.Take(round % contenders.Count)))
            {
                double ms = await run();
                if (round > 0)
                    times[contender].Add(ms);
            }
        }

        return
        [
            Comparison.Against($"{name}: hashtext(row::text) / ours by value", "ms", times["text"], times["equality"], atLeast: 2.5),
            Comparison.Against($"{name}: hashtext(row::text) / ours strict", "ms", times["text"], times["strict"]),
            Comparison.Against($"{name}: with workers / ours with two sessions", "ms", times["text workers"], times["two sessions"]),
            Comparison.Against($"{name}: passes to name a row, lying apart", "ms", times["named, lying apart"], times["equality"], atMost: 1.3),
            Comparison.Against($"{name}: passes to name a row, lying alike", "ms", times["named, lying alike"], times["alike"], atMost: 1.3),
            Comparison.Against($"{name}: passes to name a row, strict", "ms", times["strict named"], times["strict"], atMost: 1.3),
        ];
    }

    private static async Task<double> TextAsync(BenchServer server, IEnumerable<string> tables, bool workers, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await server.Raw.OpenConnectionAsync(cancellationToken);
        if (!workers)
        {
            await using NpgsqlCommand alone = new("SET max_parallel_workers_per_gather = 0", connection);
            await alone.ExecuteNonQueryAsync(cancellationToken);
        }

        long started = Stopwatch.GetTimestamp();
        List<object?> sums = [];
        foreach (string table in tables)
        {
            await using NpgsqlCommand command = new($"SELECT count(*) || ' ' || sum(hashtext(t::text)) FROM {table} t", connection) { CommandTimeout = 0 };
            sums.Add(await command.ExecuteScalarAsync(cancellationToken));
        }

        if (sums.Distinct().Count() != 1)
            throw new BenchmarkException("Equal tables have other sums.");
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<double> OursAsync(
        BenchServer server, string table, string reference, ContentComparison comparison, int sessions, int? differences, CancellationToken cancellationToken)
    {
        OperationOutput output = new();
        TestTableOptions options = new()
        {
            Table = [table], Check = [TableCheckKind.Content], ReferenceTable = reference, Comparison = comparison, ThrottleLimit = sessions,
        };
        long started = Stopwatch.GetTimestamp();
        await Task.Run(() => OperationPump.Run(new TestTableOperation(server.Session, options), output, cancellationToken), cancellationToken);
        double ms = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        TableCheck check = (TableCheck)output.Results.Single();
        bool good = differences is null ? check.Status == CheckStatus.Passed : check.Differences.Count == differences && check.Differences[0].Columns is ["n"];
        return good ? ms : throw new BenchmarkException($"{table} against {reference}: {check.Actual}");
    }

    private sealed record Shape(string Name, long Rows, string Columns, string Values);
}
