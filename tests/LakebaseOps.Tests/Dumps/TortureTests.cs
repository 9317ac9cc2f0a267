using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Sandboxes;
using LakebaseOps.Tests.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Tests.Dumps;

/// <summary>A database with one of everything goes there and back again.</summary>
public sealed class TortureTests(PostgresServer server) : RestoreTest(server)
{
    // Each relation with rows of its own, as FROM takes it.
    private const string Tables = "SELECT format(CASE relkind WHEN 'S' THEN '(SELECT last_value, is_called FROM %I.%I)' ELSE 'ONLY %I.%I' END, nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        + "WHERE relkind IN ('r', 'm', 'S') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'lakebase_ops') AND (relkind <> 'm' OR relispopulated) ORDER BY 1";

    [Fact]
    public async Task A_dump_makes_the_same_database_again_which_dumps_alike()
    {
        await TortureSchema.CreateAsync(Session, Cancel);
        await ExportAsync(Session, new() { Path = Folder, ChunkBytes = 64 * 1024 });
        await ImportAsync();
        await AssertSameAsync(Target);
        // A second time, in the place of the first.
        await ImportAsync();
        await AssertSameAsync(Target);
        string again = Path.Combine(Folder, "again");
        await ExportAsync(Target, new() { Path = again, ChunkBytes = 64 * 1024 });
        DumpManifest[] both = [(await DumpFolder.OpenAsync(Folder, Cancel)).Manifest, (await DumpFolder.OpenAsync(again, Cancel)).Manifest];
        Assert.Equal(both[0].Objects.Select(Told), both[1].Objects.Select(Told));
        // The bytes of arrays and composites name the oids of their types.
        Assert.Equal(both[0].Tables.Select(Rows), both[1].Tables.Select(Rows));
        static string Told(ManifestObject one) => $"{one.Section} {one.Kind} {one.Schema}.{one.Name} {one.OwnerSql} {one.Length}";
        static string Rows(ManifestTable table) => $"{table.Schema}.{table.Name} {string.Join(' ', table.Types)} {table.Rows} {(table.Name == "every_type" ? "" : table.Hash)}";
    }

    [Fact]
    public async Task A_copy_is_the_same_database_again_also_in_the_place_of_another()
    {
        await TortureSchema.CreateAsync(Session, Cancel);
        await CopyAsync();
        await AssertSameAsync(Target);
        await CopyAsync();
        await AssertSameAsync(Target);
    }

    [Fact]
    public async Task A_newer_server_takes_it_whole()
    {
        int? version = await NewerVersionAsync();
        Assert.SkipUnless(version is not null, "No newer server is installed here: nothing is copied between versions.");
        string parent = Directory.CreateTempSubdirectory("lakebase-torture-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(parent, (UnixFileMode)0b111_101_101);
        LakebaseSandbox sandbox = await SandboxServer.StartAsync(new StartSandboxOptions { Name = "newer", Path = parent, Version = version, Ephemeral = true }, Cancel);
        PostgresSession old = Target;
        try
        {
            await using PostgresSession newer = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), Cancel);
            await TortureSchema.CreateAsync(Session, Cancel);
            await TortureSchema.CreateRolesAsync(newer, Cancel);
            Target = newer;
            await CopyAsync();
            Assert.Equal(await ContentAsync(Session), await ContentAsync(newer));
        }
        finally
        {
            Target = old;
            await SandboxServer.StopAsync(new SandboxOptions { Name = "newer", Path = parent, RemoveData = true }, CancellationToken.None);
            Directory.Delete(parent, recursive: true);
        }
    }

    private async Task AssertSameAsync(PostgresSession other)
    {
        Assert.Equal(await ContentAsync(Session), await ContentAsync(other));
        if (Session.ServerVersion.Major <= 15)
            Assert.Equal(await DumpAsync(Session), await DumpAsync(other));
    }

    private static async Task<string[]> ContentAsync(PostgresSession session)
    {
        List<string> content = [];
        string[] tables = await ReadAsync<string[]>(session, $"SELECT ARRAY({Tables})");
        string all = string.Join(" UNION ALL ", tables.Select((table, number) =>
            $"SELECT {number} AS n, '{table.Replace("'", "''", StringComparison.Ordinal)} ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\")), '') AS line FROM {table} AS t"));
        return await ReadAsync<string[]>(session, $"SELECT array_agg(line ORDER BY n) FROM ({all}) AS lines");
    }

    private async Task<int?> NewerVersionAsync()
    {
        foreach (int version in (int[])[18, 17, 16])
        {
            try
            {
                if (version > Session.ServerVersion.Major)
                    return (await PostgresBinaries.FindAsync(null, version, Cancel)).Version.Major;
            }
            catch (LakebaseException)
            {
                // Not that one.
            }
        }

        return null;
    }

    private async Task<string[]> DumpAsync(PostgresSession session)
    {
        ProcessStartInfo start = new("pg_dump") { RedirectStandardOutput = true };
        foreach (string argument in new[] { "-s", "-N", "lakebase_ops", "-h", session.Host, "-p", $"{session.Port}", "-U", session.Username, session.Database })
            start.ArgumentList.Add(argument);
        start.Environment["PGPASSWORD"] = new NpgsqlConnectionStringBuilder(Server.ConnectionString(session.Database)).Password;
        using Process process = Process.Start(start)!;
        string text = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(0, process.ExitCode);
        return [.. text.Split('\n').Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal))];
    }
}
