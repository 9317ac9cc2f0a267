using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Tests.Loading;

/// <summary>Which files are loaded: wildcards, manifests, standard input, lines of a pipeline.</summary>
public sealed class LoadFilesTests(PostgresServer server) : LoadTest(server)
{
    [Fact]
    public void Wildcards_go_through_folders()
    {
        foreach (string name in new[] { "a/x/part-1.csv", "a/x/part-2.csv", "a/y/part-1.csv", "a/y/other.csv", "b/part-9.csv", "part-0.csv" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, name))!);
            Write(name, "");
        }

        Assert.Equal("a/x/part-1.csv a/x/part-2.csv a/y/part-1.csv", Found("a/*/part-*.csv"));
        Assert.Equal("a/x/part-1.csv a/x/part-2.csv a/y/part-1.csv b/part-9.csv part-0.csv", Found("**/part-?.csv"));
        Assert.Equal("a/x/part-1.csv a/x/part-2.csv a/y/other.csv a/y/part-1.csv", Found("a/**"));
        Assert.Equal("a/y/other.csv", Found("a/**/y/o*"));
        Assert.Equal("a/x/part-1.csv a/y/part-1.csv", Found("a/*/part-1.csv", "a/x/part-1.csv", "**/y/part-1.csv"));
        Assert.Equal(ErrorIds.FileNotFound, Assert.Throws<LakebaseException>(() => Found("a/*/none")).Error.Id);
        Assert.Equal(ErrorIds.FileNotFound, Assert.Throws<LakebaseException>(() => Found("none/*/x")).Error.Id);
        Assert.Equal("orders", LoadFiles.TableOf("/x/orders.csv.br").Name);
        Assert.Equal("orders", LoadFiles.TableOf("/x/orders.csv.ZST").Name);

        string Found(params string[] paths) => string.Join(' ', LoadFiles.Expand(paths.Select(path => Path.Combine(Folder, path)))
            .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/')));
    }

    [Fact]
    public async Task A_manifest_says_what_is_loaded_and_is_checked()
    {
        await ExecuteAsync("CREATE TABLE a (k int); CREATE TABLE b (k int); INSERT INTO b VALUES (7)");
        Directory.CreateDirectory(Path.Combine(Folder, "data"));
        Write("data/a1.csv", "k\n1\n");
        Write("data/a2.csv.gz", "k\n2\n3\n");
        string last = Write("b.csv", "k\n4\n5\n");
        string hash = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(last, Cancel)));
        string good = Write("m.json", $$"""
            { "tables": [
                { "table": "a", "files": [ "data/a1.csv", { "path": "data/a2.*", "rows": 2 } ] },
                { "table": "public.b", "files": [ { "path": "b.csv", "rows": 2, "bytes": 6, "sha256": "{{hash.ToLowerInvariant()}}" } ] },
            ] }
            """);

        IReadOnlyList<BulkLoadResult> results = await LoadAllAsync(new BulkLoadOptions { Manifest = good });

        Assert.Equal([3, 2], results.Select(result => result.Rows));
        Assert.Equal(["(1)", "(2)", "(3)"], await RowsAsync("a"));
        Assert.Equal(["(4)", "(5)"], await RowsAsync("b"));
        Assert.Equal("public.b", (await LoadAsync(new BulkLoadOptions { Manifest = good, Table = "b", Restart = true })).Table);

        string text = await File.ReadAllTextAsync(good, Cancel);
        Assert.Equal(ErrorIds.LoadNotVerified, await RefusalAsync(text.Replace("\"bytes\": 6", "\"bytes\": 7", StringComparison.Ordinal)));
        Assert.Equal(ErrorIds.LoadNotVerified, await RefusalAsync(text.Replace(hash[..6].ToLowerInvariant(), "000000", StringComparison.Ordinal)));
        Assert.Equal(ErrorIds.LoadNotVerified, await RefusalAsync(text.Replace("\"rows\": 2, \"bytes\"", "\"rows\": 3, \"bytes\"", StringComparison.Ordinal)));
        Assert.Equal(["(4)", "(5)"], await RowsAsync("b"));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusalAsync("{ \"tables\": [ { \"table\": \"b\", \"files\": [ \"b.csv\" ], \"mode\": 1 } ] }"));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusalAsync("{ \"tables\": [ { \"table\": \"b\" } ] }"));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusalAsync("{ \"tables\": [] }"));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusalAsync("{ \"tables\": [ { \"table\": \"b\", \"files\": [ { \"path\": \"**/*.csv\", \"rows\": 1 } ] } ] }"));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusalAsync("nothing"));
        Assert.Equal(ErrorIds.FileNotFound, await RefusalAsync("{ \"tables\": [ { \"table\": \"b\", \"files\": [ \"none.csv\" ] } ] }"));

        async Task<string> RefusalAsync(string manifest) => (await RefusedAsync(
            new BulkLoadOptions { Manifest = Write("bad.json", manifest), Table = "b", Restart = true })).Id;
    }

    [Fact]
    public async Task Standard_input_is_loaded_by_the_runner()
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text)");
        string workflow = Write("load.json", $$"""
            { "session": { "env": "LAKEBASE_STDIN_TEST" },
              "steps": [{ "name": "load", "command": "Invoke-LakebaseBulkLoad", "parameters": { "Table": "t", "Path": "-", "ChunkBytes": 20000 } }] }
            """);
        DirectoryInfo own = new(AppContext.BaseDirectory);
        string runner = Path.Combine(own.Parent!.Parent!.FullName, "LakebaseOps.Runner", own.Name, "LakebaseOps.Runner.dll");
        ProcessStartInfo start = new("dotnet", [runner, "run", workflow, "--output", Path.Combine(Folder, "output")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LAKEBASE_STDIN_TEST"] = Server.ConnectionString(Session.Database);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancel);
        string rows = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number},\"a\n{number}\"\n"));
        await process.StandardInput.WriteAsync("k,v\n" + rows);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Cancel);

        Assert.True(process.ExitCode == 0, await output + await error);
        Assert.Equal("20000 199990000", await ScalarAsync<string>("SELECT count(*) || ' ' || sum(k) FROM t WHERE v = E'a\\n' || k"));
        Assert.True(await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") > 10);
        Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(new BulkLoadOptions { Path = ["-"] })).Id);
        Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(new BulkLoadOptions { Path = ["-", workflow], Table = "t" })).Id);
    }

    [Fact]
    public async Task Lines_of_a_pipeline_are_csv()
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text)");

        BulkLoadResult result = await LinesAsync("v,k", "x,1", "\"y", "z\",2", ",3\n,4\n", "é,5");
        Assert.Equal(5, result.Rows);
        Assert.Equal(["(1,x)", "(2,\"y\nz\")", "(3,)", "(4,)", "(5,é)"], await RowsAsync("t"));

        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => LinesAsync("v,k", "a,1", "b,x"));
        Assert.Contains("pipeline text line 3 (byte 8), column k", refused.Error.Message, StringComparison.Ordinal);
        Assert.Equal(5, await ScalarAsync<long>("SELECT count(*) FROM t"));
        Assert.Equal(0, await StrayRelationsAsync());

        async Task<BulkLoadResult> LinesAsync(params string[] lines)
        {
            RecordChannel records = new();
            records.BeginText();
            foreach (string line in lines)
                Assert.True(records.TryAdd([line]));
            Assert.True(records.TryComplete());
            BulkLoadOperation operation = new(Session, new BulkLoadOptions { Table = "t", SkipVacuum = true }) { Records = records };
            return Assert.Single((await RecordingSink.RunAsync(operation, Cancel)).Of<BulkLoadResult>());
        }
    }

    [Fact]
    public async Task The_plan_of_what_passes_by_does_not_read_it()
    {
        LakebaseOps.Operations.OperationPlan plan = await new BulkLoadOperation(Session, new BulkLoadOptions { Path = ["-"], Table = "t" }).DescribeAsync(Cancel);
        Assert.Contains("standard input", JsonSerializer.Serialize(plan), StringComparison.Ordinal);
    }
}
