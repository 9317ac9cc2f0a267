using System.Net;
using System.Net.Sockets;
using LakebaseOps.Connections;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Tests.Sandboxes;

public sealed class SandboxServerTests : SandboxTest
{
    [EachServer("C.UTF-8 is the server's own from 17 on, and the system's before.")]
    [Fact]
    public async Task The_server_listens_on_loopback_alone_asks_for_its_password_sorts_like_Lakebase_and_leaves_nothing()
    {
        LakebaseSandbox sandbox = await StartAsync();
        PostgresSession session = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), Cancel);
        Assert.Equal("127.0.0.1", await ScalarAsync<string>(session, "SHOW listen_addresses"));
        Assert.Equal(0L, await ScalarAsync<long>(session, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"));
        Assert.Equal("C.UTF-8", await ScalarAsync<string>(session, session.ServerVersion.Major >= 17
                ? "SELECT datlocale FROM pg_database WHERE datname = current_database()"
                : "SELECT datcollate FROM pg_database WHERE datname = current_database()"));
        Assert.Equal("UTF8", await ScalarAsync<string>(session, "SHOW server_encoding"));
        LakebaseError error = await FailsAsync(() => SessionFactory.ConnectAsync(
            SandboxConnection.Options(sandbox) with { Secret = SessionFactory.Conceal("wrong") }, Cancel));
        Assert.Equal((ErrorIds.AuthenticationFailed, "28P01"), (error.Id, error.SqlState));

        await session.DisposeAsync();
        await StopAsync();
        Assert.False(Directory.Exists(sandbox.Path));
    }

    [Fact]
    public async Task Starting_twice_answers_the_same_server_and_two_starts_at_once_do_not_collide()
    {
        LakebaseSandbox[] started = await Task.WhenAll(Task.Run(() => StartAsync()), Task.Run(() => StartAsync()), Task.Run(() => StartAsync("two")));
        Assert.Equal(started[0].ProcessId, started[1].ProcessId);
        Assert.NotEqual(started[0].Port, started[2].Port);
        Assert.Equal(started[0].Port, (await StartAsync()).Port);
    }

    [Fact]
    public async Task A_lasting_sandbox_keeps_its_data_until_they_are_to_go()
    {
        LakebaseSandbox sandbox = await StartAsync(change: options => options with { Ephemeral = false });
        await using (PostgresSession session = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), Cancel))
            await ScalarAsync<int>(session, "CREATE TABLE kept AS SELECT 7 AS n; SELECT 1");
        await StopAsync();
        Assert.Equal("Stopped", new SandboxFolder(sandbox.Path).Read()!.State);

        LakebaseError error = await FailsAsync(() => StartAsync());
        Assert.Equal(ErrorIds.SandboxConflict, error.Id);
        sandbox = await StartAsync(change: options => options with { Ephemeral = false });
        await using (PostgresSession session = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), Cancel))
            Assert.Equal(7, await ScalarAsync<int>(session, "SELECT n FROM kept"));
        await StopAsync(removeData: true);
        Assert.False(Directory.Exists(sandbox.Path));
    }

    [Fact]
    public async Task A_server_that_died_is_stopped_and_starts_again_whatever_its_lock_file_says()
    {
        LakebaseSandbox sandbox = await StartAsync(change: options => options with { Ephemeral = false });
        ProcessStamp server = ProcessStamp.Of(sandbox.ProcessId)!;
        server.Kill();
        Assert.Equal("Stopped", new SandboxFolder(sandbox.Path).Read()!.State);
        Assert.Equal("Stopped", (await StopAsync()).State);
        sandbox = await StartAsync(change: options => options with { Ephemeral = false });
        Assert.NotEqual(server.Id, sandbox.ProcessId);

        SandboxFolder folder = new(sandbox.Path);
        string[] lines = await File.ReadAllLinesAsync(folder.ServerLock, Cancel);
        await StopAsync();
        // This process stands for one that got the dead server's id.
        lines[0] = $"{Environment.ProcessId}";
        lines[2] = "1000000000";
        await File.WriteAllLinesAsync(folder.ServerLock, lines, Cancel);
        Assert.Equal("Stopped", folder.Read()!.State);
        sandbox = await StartAsync(change: options => options with { Ephemeral = false });
        Assert.Equal("Running", folder.Read()!.State);
        Assert.NotEqual(Environment.ProcessId, sandbox.ProcessId);
    }

    [Fact]
    public async Task A_folder_that_is_no_sandbox_is_left_alone()
    {
        string file = Path.Combine(Parent, "one", "thesis.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "two years of work", Cancel);
        LakebaseError error = await FailsAsync(() => StartAsync());
        Assert.Equal(ErrorIds.SandboxConflict, error.Id);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task A_taken_port_is_reported_and_nothing_is_left()
    {
        using TcpListener first = new(IPAddress.Loopback, 0);
        first.Start();
        int port = ((IPEndPoint)first.LocalEndpoint).Port;
        LakebaseError error = await FailsAsync(() => StartAsync("two", options => options with { Port = port }));
        Assert.Equal(ErrorIds.SandboxFailed, error.Id);
        Assert.Contains("could not bind", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Parent, "two")));
    }

    [Theory]
    [InlineData("listen_addresses", "*")]
    [InlineData("work_mem", "4MB'\nlisten_addresses = '*")]
    [InlineData("a b", "1")]
    public async Task A_setting_that_would_open_the_server_is_refused(string name, string value)
    {
        LakebaseError error = await FailsAsync(() => StartAsync(
            change: options => options with { Settings = new Dictionary<string, string> { [name] = value } }));
        Assert.Equal(ErrorIds.InvalidArgument, error.Id);
        Assert.False(Directory.Exists(Parent));
    }

    [Fact]
    public async Task Missing_binaries_are_named_with_what_to_install()
    {
        LakebaseError error = await FailsAsync(() => StartAsync(change: options => options with { BinPath = Path.GetTempPath() }));
        Assert.Equal(ErrorIds.BinariesNotFound, error.Id);
        Assert.Contains("@embedded-postgres/", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(ErrorIds.InvalidName, (await FailsAsync(() => StartAsync("../up"))).Id);
        Assert.Equal(ErrorIds.SandboxNotFound, (await FailsAsync(() => StopAsync("none"))).Id);
    }
}
