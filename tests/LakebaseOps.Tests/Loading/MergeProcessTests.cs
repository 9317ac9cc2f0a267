using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LakebaseOps.Tests.Loading;

/// <summary>Two processes merge one input together, and one of them is killed.</summary>
public sealed class MergeProcessTests(PostgresServer server) : LoadTest(server)
{
    private const string ConnectionVariable = "LAKEBASE_MERGE_TEST";
    private const int RowCount = 60_000;
    private const int Keys = 7_000;

    [Fact]
    public async Task One_of_two_processes_is_killed_and_every_row_is_merged_once()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, version int, v text, times int DEFAULT 0); CREATE INDEX t_v ON t (v);"
            + "CREATE TABLE seen (id int, version int);"
            + "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (NEW.id, NEW.version); RETURN NEW; END';"
            + "CREATE TRIGGER see AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION see()");
        StringBuilder text = new("id,version,v\n");
        for (int i = 0; i < RowCount; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i * 7919L % Keys},{i + 1},row {i}\n");
        BulkLoadOptions options = new()
        {
            Table = "t", Path = [Write("t.csv", text.ToString())], Mode = BulkLoadMode.Upsert, VersionColumn = "version",
            ChunkBytes = 20_000, ThrottleLimit = 2,
        };

        using Process process = Start(options);
        while (!process.HasExited && !(await ScalarAsync<bool>("SELECT to_regclass('lakebase_ops.load_chunk') IS NOT NULL")
            && await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") >= 3))
            await Task.Delay(10, Cancel);
        Task<BulkLoadResult> load = LoadAsync(options);
        while (!load.IsCompleted && !process.HasExited && await ScalarAsync<long>("SELECT count(DISTINCT loader) FROM lakebase_ops.load_chunk") < 2)
            await Task.Delay(10, Cancel);
        bool alive = !process.HasExited;
        process.Kill();
        await process.WaitForExitAsync(Cancel);
        BulkLoadResult result = await load;

        Assert.True(alive, "The first process had ended before it was to be killed.");
        Assert.Equal((RowCount, Keys), (result.Rows, result.InsertedRows));
        Assert.Equal(result.Rows, result.InsertedRows + result.UpdatedRows + result.IgnoredRows);
        // What the table itself has seen is what was counted: nothing was merged twice, nothing is missing.
        Assert.Equal(result.InsertedRows + result.UpdatedRows, await ScalarAsync<long>("SELECT count(*) FROM seen"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) - count(DISTINCT (id, version)) FROM seen"));
        Assert.Equal(Keys, await ScalarAsync<long>($"SELECT count(*) FROM t WHERE v = 'row ' || (version - 1) AND version > {RowCount - Keys}"));
    }

    private Process Start(BulkLoadOptions options)
    {
        string workflow = Path.Combine(Folder, "merge.json");
        File.WriteAllText(workflow, string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "session": { "env": "{{ConnectionVariable}}" },
              "steps": [{ "name": "load", "command": "Invoke-LakebaseBulkLoad", "parameters": {
                "Table": "t", "Path": [{{JsonSerializer.Serialize(options.Path![0])}}], "Mode": "Upsert", "VersionColumn": "version",
                "ChunkBytes": {{options.ChunkBytes}}, "ThrottleLimit": {{options.ThrottleLimit}} } }]
            }
            """));
        DirectoryInfo own = new(AppContext.BaseDirectory);
        string runner = Path.Combine(own.Parent!.Parent!.FullName, "LakebaseOps.Runner", own.Name, "LakebaseOps.Runner.dll");
        ProcessStartInfo start = new("dotnet", [runner, "run", workflow, "--output", Path.Combine(Folder, "merge.output")]) { WorkingDirectory = Folder };
        start.Environment[ConnectionVariable] = Server.ConnectionString(Session.Database);
        return Process.Start(start)!;
    }
}
