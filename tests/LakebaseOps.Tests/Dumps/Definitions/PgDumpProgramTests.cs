using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Definitions;

/// <summary>What reaches pg_dump, and what is left of it.</summary>
public sealed class PgDumpProgramTests(PostgresServer server) : DatabaseTest(server)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebaseops-pgdump-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task It_reads_the_sessions_database_whatever_its_name_and_whatever_the_environment_says()
    {
        await InstalledPgDump.ForAsync(Session.ServerVersion.Major);
        string database = $"host=x a=b c'd\\ {Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {TableName.Quote(database)} STRATEGY file_copy");
        await using PostgresSession session = await SessionFactory.ConnectAsync(Server.Options with { Database = database, Name = "odd" }, Cancel);
        try
        {
            await using (NpgsqlCommand command = session.DataSource.CreateCommand("CREATE TABLE odd (id integer)"))
                await command.ExecuteNonQueryAsync(Cancel);
            using RunnerProcess process = RunnerProcess.Start(
                "Export-LakebaseDump", new() { ["Path"] = Path.Combine(_folder, "dump"), ["Method"] = "PgDump" }, Server.ConnectionString(database), _folder,
                environment: new()
                {
                    ["PGHOSTADDR"] = "127.9.9.9", ["PGSERVICE"] = "nobody", ["PGREQUIREPEER"] = "nobody", ["PGSSLMODE"] = "verify-full",
                    ["PGTARGETSESSIONATTRS"] = "any", ["PGMINPROTOCOLVERSION"] = "9",
                });
            (int code, string text) = await process.EndAsync(Cancel);
            Assert.True(code == 0, text);
            DatabaseDefinition definition = await (await DumpFolder.OpenAsync(Path.Combine(_folder, "dump"), Cancel)).ReadDefinitionAsync(Cancel);
            Assert.Contains(definition.Objects, one => one.Key == "TABLE public.odd");
        }
        finally
        {
            await ExecuteAsync($"DROP DATABASE {TableName.Quote(database)} WITH (FORCE)");
        }
    }

    [Fact]
    public async Task A_cancelled_one_is_gone_when_the_call_returns_and_leaves_nothing_running()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No shell.");
        string program = Path.Combine(_folder, "pg_dump");
        string file = Path.Combine(_folder, "ids");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nsleep 600 &\necho $$ $! >{file}.new\nmv {file}.new {file}\nwait\n", Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<string> dump = PgDumpProgram.DumpAsync(program, Session, connection, null, "", "pre-data", stop.Token);
        while (!File.Exists(file))
            Assert.False(dump.IsCompleted);
        await stop.CancelAsync();
        long cancelled = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dump);
        string[] ids = (await File.ReadAllTextAsync(file, Cancel)).Split();
        Assert.False(Directory.Exists($"/proc/{ids[0]}"));
        // What it has started was killed too; its end is the system's work, and its new parent may be slow to take note of it.
        while (IsRunning(ids[1]))
            Assert.True(Stopwatch.GetElapsedTime(cancelled) < TimeSpan.FromSeconds(30), "It still runs.");
    }

    private static bool IsRunning(string id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
