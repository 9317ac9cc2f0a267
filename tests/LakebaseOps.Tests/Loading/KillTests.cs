using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Tests.Loading;

/// <summary>The loading process is killed where it hurts, and the next call ends with exactly the same rows.</summary>
public sealed class KillTests(PostgresServer server) : LoadTest(server)
{
    private const int Kills = 20;
    private const int Seed = 20261122;
    private const int RowCount = 30_000;
    private const string ConnectionVariable = "LAKEBASE_KILL_TEST";

    [Fact]
    public async Task Killed_at_any_point_a_load_ends_with_the_same_rows()
    {
        Random random = new(Seed);
        string file = Write("data.csv", ResumeTests.Rows(RowCount));
        BulkLoadResult whole = await LoadAsync(await OptionsAsync("whole", file));
        string content = await ContentAsync("whole");
        int chunks = whole.Chunks;
        int died = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            string table = $"t{kill}";
            BulkLoadOptions options = await OptionsAsync(table, file);
            string phase = kill switch { 0 => "Stage", < 13 => "Load", < 15 => "Index", < 17 => "Freeze", _ => "Swap" };
            int done = phase == "Load" ? random.Next(1, chunks) : 0;
            died += await KillAsync(options, phase, done, TimeSpan.FromMilliseconds(random.NextDouble() * 6)) ? 1 : 0;

            BulkLoadResult result = await LoadAsync(options with { ChunkBytes = random.Next(2_000, 400_000), ThrottleLimit = random.Next(1, 5) });

            string what = $"kill {kill} in {phase} after {done} chunks";
            Assert.True((whole.Rows, whole.ContentHash) == (result.Rows, result.ContentHash), what);
            Assert.True(content == await ContentAsync(table), what);
            // The recorded ranges neither overlap nor leave a gap.
            Assert.True(await ScalarAsync<bool>(
                $"SELECT sum(range_to - range_from) = max(range_to) - min(range_from) FROM lakebase_ops.load_chunk JOIN lakebase_ops.load_table USING (load_id) WHERE table_name = '{table}'"), what);
        }

        Assert.True(died > Kills / 2, $"Only {died} of {Kills} processes were still alive when they were to be killed.");
        Assert.Equal(0, await StrayRelationsAsync());
    }

    private async Task<BulkLoadOptions> OptionsAsync(string table, string file)
    {
        await ExecuteAsync($"CREATE TABLE {table} (id int PRIMARY KEY, v text); CREATE INDEX ON {table} (v); INSERT INTO {table} VALUES (-1, 'old')");
        return new BulkLoadOptions { Table = table, Path = [file], ChunkBytes = 10_000, ThrottleLimit = 2 };
    }

    /// <summary>Loads in another process and kills that at a phase and number of chunks; false when it had ended by then.</summary>
    private async Task<bool> KillAsync(BulkLoadOptions options, string phase, int chunks, TimeSpan later)
    {
        using Process process = Start(options);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        await using NpgsqlCommand look = new(
            "SELECT phase, (SELECT count(*)::int FROM lakebase_ops.load_chunk c WHERE c.load_id = t.load_id) FROM lakebase_ops.load_table t WHERE table_name = $1",
            connection)
        {
            Parameters = { new() { Value = options.Table! } },
        };
        await look.PrepareAsync(Cancel);
        while (!process.HasExited)
        {
            await using NpgsqlDataReader row = await look.ExecuteReaderAsync(Cancel);
            if (await row.ReadAsync(Cancel) && Reached(row.GetString(0), row.GetInt32(1)))
                break;
        }

        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < later;)
            Thread.SpinWait(100);
        bool alive = !process.HasExited;
        process.Kill();
        await process.WaitForExitAsync(Cancel);
        Assert.True(alive || process.ExitCode == 0, await output + await error);
        return alive;

        bool Reached(string now, int done) =>
            Enum.Parse<LoadPhase>(now) is var at && (at > Enum.Parse<LoadPhase>(phase) || (at == Enum.Parse<LoadPhase>(phase) && done >= chunks));
    }

    private Process Start(BulkLoadOptions options)
    {
        string workflow = Path.Combine(Folder, $"{options.Table}.json");
        File.WriteAllText(workflow, string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "session": { "env": "{{ConnectionVariable}}" },
              "steps": [{ "name": "load", "command": "Invoke-LakebaseBulkLoad", "parameters": {
                "Table": "{{options.Table}}", "Path": [{{JsonSerializer.Serialize(options.Path![0])}}],
                "ChunkBytes": {{options.ChunkBytes}}, "ThrottleLimit": {{options.ThrottleLimit}} } }]
            }
            """));
        DirectoryInfo own = new(AppContext.BaseDirectory);
        string runner = Path.Combine(own.Parent!.Parent!.FullName, "LakebaseOps.Runner", own.Name, "LakebaseOps.Runner.dll");
        ProcessStartInfo start = new("dotnet", [runner, "run", workflow, "--output", Path.Combine(Folder, $"{options.Table}.output")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment[ConnectionVariable] = Server.ConnectionString(Session.Database);
        return Process.Start(start)!;
    }

    private Task<string> ContentAsync(string table) => ScalarAsync<string>(
        $"SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || sum(hash_record_extended(t, 0)) FROM {table} t");
}
