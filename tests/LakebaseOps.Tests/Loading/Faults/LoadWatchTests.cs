using LakebaseOps.Loading.Sending;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>Connections that load: without time limits, and not given up while anybody works.</summary>
[EachServer("transaction_timeout is there from 17 on.")]
public sealed class LoadWatchTests(PostgresServer server) : LoadTest(server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    [Fact]
    public async Task Time_limits_of_the_role_do_not_hold()
    {
        await ExecuteAsync(
            $"""
            ALTER DATABASE {TableName.Quote(Session.Database)} SET statement_timeout = '1h';
            ALTER DATABASE {TableName.Quote(Session.Database)} SET lock_timeout = '1h';
            ALTER DATABASE {TableName.Quote(Session.Database)} SET idle_in_transaction_session_timeout = '1h';
            ALTER DATABASE {TableName.Quote(Session.Database)} SET idle_session_timeout = '1h';
            """);
        if (Session.ServerVersion.Major >= 17)
            await ExecuteAsync($"ALTER DATABASE {TableName.Quote(Session.Database)} SET transaction_timeout = '1h'");
        await using LoadConnections connections = new(Session);
        await using NpgsqlConnection connection = await connections.RentAsync(Cancel);
        await using NpgsqlCommand limits = new(
            "SELECT string_agg(name, ' ') FROM pg_settings WHERE name ~ '^(statement|lock|transaction|idle.*)_timeout$' AND setting <> '0'", connection);
        Assert.Equal(DBNull.Value, await limits.ExecuteScalarAsync(Cancel));
        await using NpgsqlCommand watching = new("SHOW tcp_keepalives_idle", connection);
        Assert.Equal("30", await watching.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task A_server_that_works_is_waited_for()
    {
        await using LoadConnections connections = new(Session, Patience);
        NpgsqlConnection connection = await connections.RentAsync(Cancel);
        await using NpgsqlCommand work = new("SELECT pg_sleep(2)", connection);
        await connections.RunAsync(connection, work.ExecuteNonQueryAsync, Cancel);
        connections.Return(connection);
        Assert.False(connections.Watch(connection).Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_COPY_waits_while_this_side_is_busy_and_no_longer(bool isAway)
    {
        await ExecuteAsync("CREATE TABLE t (id int)");
        await using LoadConnections connections = new(Session, Patience);
        NpgsqlConnection connection = await connections.RentAsync(Cancel);
        WatchedConnection watch = connections.Watch(connection);
        NpgsqlCopyTextWriter copy = await connection.BeginTextImportAsync("COPY t FROM STDIN", Cancel);
        if (isAway)
            watch.Leave();
        TaskCompletionSource lost = new();
        await using CancellationTokenRegistration noticed = watch.Lost.Register(lost.SetResult);

        if (isAway)
        {
            await Task.WhenAny(lost.Task, Task.Delay(4 * Patience, Cancel));
            watch.Return();
        }
        else
        {
            await lost.Task;
        }

        Assert.Equal(!isAway, watch.Lost.IsCancellationRequested);
        await copy.CancelAsync();
        await connections.DropAsync(connection);
    }
}
