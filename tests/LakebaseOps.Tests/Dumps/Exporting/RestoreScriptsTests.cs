using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Folders;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>A dump restores without us, by the scripts that lie in it.</summary>
public sealed class RestoreScriptsTests(PostgresServer server) : DumpTest(server)
{
    // All that ends a text in one of the languages on the way: bash, PowerShell (whose quotes are five), psql and SQL.
    private static readonly string[] Names =
        ["it's \"A\"", "x\u2019; throw 'ran' #", "\u2018\u201A\u201B\u201C", "a\nb", "a\r\nb", "a\u0085\u2028b", "$(exit 1) `exit 1` %a% \\", "-f"];

    [Theory]
    [InlineData("restore.sh", DumpDataFormat.Binary, DumpCompression.Gzip)]
    [InlineData("restore.sh", DumpDataFormat.Binary, DumpCompression.Brotli)]
    [InlineData("restore.sh", DumpDataFormat.Csv, DumpCompression.Zstd)]
    [InlineData("restore.sh", DumpDataFormat.Csv, DumpCompression.None)]
    [InlineData("restore.ps1", DumpDataFormat.Binary, DumpCompression.Zstd)]
    [InlineData("restore.ps1", DumpDataFormat.Binary, DumpCompression.Brotli)]
    [InlineData("restore.ps1", DumpDataFormat.Csv, DumpCompression.Gzip)]
    [InlineData("restore.ps1", DumpDataFormat.Binary, DumpCompression.None)]
    public async Task A_script_restores_with_psql_alone_whatever_the_names(string name, DumpDataFormat format, DumpCompression compression)
    {
        SkipWithout(name, compression);
        await ExecuteAsync("CREATE TABLE big (id bigint, x float8, n numeric); INSERT INTO big SELECT i, i / 3.0, 'NaN' FROM generate_series(1, 5000) i; CREATE TABLE empty (id int)");
        // A line of \. is where psql takes CSV to end, also within a value.
        await ExecuteAsync("CREATE TABLE ends (v text); INSERT INTO ends VALUES (E'\\\\.'), (E'a\n\\\\.\n\\\\.\r\n\\\\.\r\n\"\n\\\\.\n'), (E'\\\\.\n\\\\.'), (E' \\\\.\n\\\\. \n'), ('')");
        foreach (string table in Names.Select(TableName.Quote))
            await ExecuteAsync($"CREATE TABLE {table} (id int, {table} text); INSERT INTO {table} SELECT i, E'line\n\"quoted\", ' || i FROM generate_series(1, 200) i");
        await DumpAsync(Options with { DataFormat = format, Compression = compression });
        await using PostgresSession target = await Server.CreateDatabaseAsync("restored");
        try
        {
            Assert.Equal((0, "", ""), await RunAsync(name, target));
            IReadOnlyList<ManifestTable> tables = (await DumpFolder.OpenAsync(Folder, Cancel)).Manifest.Tables;
            Assert.Equal(Names.Length + 3, tables.Count);
            foreach (ManifestTable table in tables)
            {
                string sql = $"SELECT count(*) || ' ' || coalesce(sum(hashtext(t::text)), 0) FROM {new TableName(table.Schema, table.Name).ToSql()} t";
                await using NpgsqlCommand command = target.DataSource.CreateCommand(sql);
                Assert.Equal(await ScalarAsync<string>(sql), await command.ExecuteScalarAsync(Cancel));
            }
        }
        finally
        {
            await Server.RemoveDatabaseAsync(target.Database);
        }
    }

    [Theory]
    [InlineData("restore.sh", DumpCompression.Gzip)]
    [InlineData("restore.sh", DumpCompression.Zstd)]
    [InlineData("restore.ps1", DumpCompression.Gzip)]
    [InlineData("restore.ps1", DumpCompression.Zstd)]
    public async Task A_file_that_breaks_off_stops_a_script(string name, DumpCompression compression)
    {
        SkipWithout(name, compression);
        await ExecuteAsync("CREATE TABLE a (id int, v text); INSERT INTO a SELECT i, md5(i::text) FROM generate_series(1, 20000) i");
        await DumpAsync(Options with { DataFormat = DumpDataFormat.Csv, Compression = compression, ChunkBytes = 1 << 30 });
        string file = Assert.Single(Directory.GetFiles(Path.Combine(Folder, "data"), "*", SearchOption.AllDirectories));
        await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file, Cancel))[..^1000], Cancel);
        await using PostgresSession target = await Server.CreateDatabaseAsync("broken");
        try
        {
            (int exit, _, string errors) = await RunAsync(name, target);
            Assert.NotEqual(0, exit);
            Assert.NotEqual("", errors);
            // A shell ends what psql reads in any case; its script says to begin anew.
            await using NpgsqlCommand command = target.DataSource.CreateCommand("SELECT count(*) FROM a");
            if (name == "restore.ps1")
                Assert.Equal(0L, await command.ExecuteScalarAsync(Cancel));
        }
        finally
        {
            await Server.RemoveDatabaseAsync(target.Database);
        }
    }

    private async Task<(int Exit, string Output, string Errors)> RunAsync(string name, PostgresSession target, string? path = null)
    {
        string script = Path.Combine(Folder, name);
        ProcessStartInfo start = name == "restore.sh" ? new("bash", [script, target.Database])
            : new("pwsh", ["-NoProfile", "-NonInteractive", "-File", script, "-Database", target.Database]);
        NpgsqlConnectionStringBuilder settings = new(Server.ConnectionString(target.Database));
        (start.Environment["PGHOST"], start.Environment["PGPORT"]) = (settings.Host, $"{settings.Port}");
        (start.Environment["PGUSER"], start.Environment["PGPASSWORD"]) = (settings.Username, settings.Password);
        start.FileName = Find(start.FileName)!;
        start.Environment["PATH"] = path ?? Environment.GetEnvironmentVariable("PATH");
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        string errors = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, (await output).Trim(), errors);
    }

    [Theory]
    [InlineData("restore.sh")]
    [InlineData("restore.ps1")]
    public async Task A_script_says_which_program_is_missing(string name)
    {
        SkipWithout(name, DumpCompression.None);
        await ExecuteAsync("CREATE TABLE a (id int)");
        await DumpAsync(Options with { Compression = DumpCompression.Zstd });
        // A path on which there are only the links to what the script may find.
        string path = Directory.CreateDirectory(Path.Combine(Folder, "..", $"{Path.GetFileName(Folder)}-path")).FullName;
        try
        {
            foreach (string program in new[] { "bash", "dirname", "psql", "pwsh", "env" })
            {
                if (Find(program) is string found)
                    File.CreateSymbolicLink(Path.Combine(path, program), found);
            }

            (int exit, _, string errors) = await RunAsync(name, Session, path);
            Assert.Equal((1, true), (exit, errors.Contains("The program zstd is needed to unpack this dump.", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static void SkipWithout(string name, DumpCompression compression)
    {
        string? unpacks = compression switch
        {
            DumpCompression.Zstd => "zstd",
            DumpCompression.Brotli when name == "restore.sh" => "brotli",
            DumpCompression.Gzip when name == "restore.sh" => "gzip",
            _ => null,
        };
        string[] programs = [.. new[] { "psql", name == "restore.sh" ? "bash" : "pwsh", unpacks }.OfType<string>()];
        string[] missing = [.. programs.Where(IsMissing)];
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(", ", missing)} NOT FOUND: {name} was NOT run.");
    }

    private static bool IsMissing(string program) => Find(program) is null;

    private static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .SelectMany(folder => new[] { Path.Combine(folder, program), Path.Combine(folder, program + ".exe") }).FirstOrDefault(File.Exists);
}
