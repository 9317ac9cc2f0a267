using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Tests.Serving;

/// <summary>Requests that meet a writer half-way, and requests that fail.</summary>
public sealed class SnapshotTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly GetFeatureOptions Options = new() { Table = ["a", "b", "c"] };
    private static readonly FeatureMode[] Modes = [.. Enum.GetValues<FeatureMode>().Except([FeatureMode.Parallel, FeatureMode.Wide])];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (string table in Options.Table)
            await ExecuteAsync($"CREATE TABLE {table} (k text PRIMARY KEY, v bigint{(table == "c" ? ", w text" : "")}); INSERT INTO {table} VALUES ('1', 1)");
        await RecordingSink.RunAsync(new InstallRpcFunctionOperation(Session, new InstallRpcFunctionOptions { Table = Options.Table }), Cancel);
        await RecordingSink.RunAsync(new InstallWideTableOperation(Session, new InstallWideTableOptions { Table = Options.Table }), Cancel);
    }

    [Fact]
    public async Task A_consistent_request_sees_all_or_nothing_of_a_writer()
    {
        foreach (FeatureMode mode in Modes)
            Assert.Single((await ReadBesideWriterAsync(mode, consistent: true)).Distinct());
        // The proof that the writer does come between the statements of a request.
        foreach (FeatureMode mode in (FeatureMode[])[FeatureMode.Serial, FeatureMode.Batch, FeatureMode.BatchBarrier])
            Assert.Equal(2, (await ReadBesideWriterAsync(mode, consistent: false)).Distinct().Count());
    }

    [Fact]
    public async Task Several_connections_are_no_snapshot()
    {
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(
            new GetFeatureOperation(Session, Options with { Mode = FeatureMode.Parallel, Consistent = true, Key = ["1"] }), Cancel));
        Assert.Equal(ErrorIds.InvalidArgument, refused.Error.Id);
    }

    [Fact]
    public async Task A_connection_serves_again_after_a_failed_request()
    {
        foreach (FeatureMode mode in Enum.GetValues<FeatureMode>().Except([FeatureMode.Rpc, FeatureMode.Wide]))
        {
            foreach (bool consistent in mode == FeatureMode.Parallel ? [false] : new[] { true, false })
            {
                (FeatureStatements statements, FeaturePool pool) = await OpenAsync(mode, consistent);
                await using (pool)
                {
                    FeatureResponse response = new(statements.Plan);
                    FeatureConnection connection = await pool.RentAsync(Cancel);
                    await ExecuteAsync("ALTER TABLE b RENAME TO elsewhere");
                    try
                    {
                        await Assert.ThrowsAsync<PostgresException>(async () => await connection.ReadAsync(mode, 0, ["1"], response, null, Cancel));
                    }
                    finally
                    {
                        await ExecuteAsync("ALTER TABLE elsewhere RENAME TO b");
                    }

                    Assert.True(connection.IsUsable);
                    await connection.ReadAsync(mode, 0, ["1"], response, null, Cancel);
                    Assert.Equal([1, 1, 1], Enumerable.Range(0, 3).Select(response.Rows));
                    pool.Return(connection);
                }
            }
        }
    }

    /// <summary>The values of the three tables, read while a writer who changes all of them holds the second one.</summary>
    private async Task<long[]> ReadBesideWriterAsync(FeatureMode mode, bool consistent)
    {
        (FeatureStatements statements, FeaturePool pool) = await OpenAsync(mode, consistent);
        await using (pool)
        {
            FeatureResponse response = new(statements.Plan);
            FeatureConnection connection = await pool.RentAsync(Cancel);
            await using NpgsqlConnection writer = await Session.OpenAsync(Cancel);
            await using NpgsqlTransaction transaction = await writer.BeginTransactionAsync(Cancel);
            await using NpgsqlCommand write = new("LOCK TABLE b IN ACCESS EXCLUSIVE MODE; UPDATE a SET v = v + 1; UPDATE b SET v = v + 1; UPDATE c SET v = v + 1", writer);
            await write.ExecuteNonQueryAsync(Cancel);
            Task read = Task.Run(() => connection.ReadAsync(mode, 0, ["1"], response, null, Cancel).AsTask(), Cancel);
            while (!read.IsCompleted && !await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'b'::regclass)"))
                await Task.Delay(10, Cancel);
            await transaction.CommitAsync(Cancel);
            await read;
            pool.Return(connection);
            return [.. Enumerable.Range(0, 3).Select(table => (long)response.Value(table, 1)!)];
        }
    }

    private async Task<(FeatureStatements Statements, FeaturePool Pool)> OpenAsync(FeatureMode mode, bool consistent)
    {
        await using NpgsqlConnection control = await Session.OpenAsync(Cancel);
        FeatureStatements statements = await FeatureStatements.ReadAsync(control, Options with { Consistent = consistent }, [mode], Cancel);
        return (statements, await FeaturePool.OpenAsync(Session, statements, size: 1, Cancel));
    }
}
