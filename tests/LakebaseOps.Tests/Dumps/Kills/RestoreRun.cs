using LakebaseOps.Connections;
using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>A restore or a copy that dies.</summary>
internal sealed class RestoreRun(KillServers servers, KillPoint point, string database) : KillRun(servers, point)
{
    private static readonly RestoreLimits Pieces = new() { WholeBytes = 100_000, SmallBytes = 50_000, PartPages = 20, ChunkBytes = 100_000 };

    private Dictionary<(Guid Restore, string Step), DateTime> _done = [];
    private bool _isSwapped;

    private bool IsCopy => Point.Command == KillCommand.Copy;

    private RestoreLimits Limits => Point.InPieces ? Pieces : new();

    /// <inheritdoc />
    protected override async Task<(Operation Operation, PostgresSession[] Sessions)> OperationAsync()
    {
        PostgresSession target = await Servers.OpenAsync(atSource: false, database);
        if (!IsCopy)
            return (new ImportDumpOperation(target, new ImportDumpOptions { Path = Servers.Dump }) { Limits = Limits }, [target]);
        try
        {
            PostgresSession source = await Servers.OpenAsync(atSource: true, "kills");
            return (new CopyDatabaseOperation(source, new CopyDatabaseOptions { AllowInconsistent = Point.Mixes }) { Source = target, Limits = Limits }, [source, target]);
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    protected override RunnerProcess Start() => IsCopy
        ? RunnerProcess.Start(
            "Copy-LakebaseDatabase", new() { ["Destination"] = "other", ["AllowInconsistent"] = Point.Mixes ? true : null },
            Servers.ConnectionString(atSource: true, "kills"), Servers.Folder, Servers.ConnectionString(atSource: false, database))
        : RunnerProcess.Start(
            "Import-LakebaseDump", new() { ["Path"] = Servers.Dump }, Servers.ConnectionString(atSource: false, database), Servers.Folder);

    /// <inheritdoc />
    protected override async Task BeforeAsync(int call)
    {
        // What the server forgets in a crash is not what is meant here.
        await Servers.SettleAsync();
        _done = await StepsAsync();
    }

    /// <inheritdoc />
    protected override async Task AfterAsync(string? failure)
    {
        // A process that was killed leaves the server to finish what it is at.
        while (await Servers.AskAsync<bool>(atSource: false, database, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'LakebaseOps load' AND datname = current_database())"))
            await Task.Delay(10, Cancel);
        long orders = await Servers.AskAsync<long>(atSource: false, database, "SELECT count(*) FROM kill.orders");
        Assert.True(orders == KillServers.Orders || (orders == KillServers.OldOrders && failure is not null && !_isSwapped), $"kill.orders holds {orders} rows. {Story}");
        _isSwapped |= orders == KillServers.Orders;
        Dictionary<(Guid Restore, string Step), DateTime> after = await StepsAsync();
        HashSet<Guid> there = [.. after.Keys.Select(key => key.Restore)];
        string[] tables = [.. _done.Keys.Where(key => key.Step.StartsWith("proved ", StringComparison.Ordinal)).Select(key => key.Step["proved ".Length..])];
        foreach (((Guid Restore, string Step) step, DateTime at) in _done)
        {
            // A copy begins anew in another snapshot, unless that is allowed.
            Assert.True(there.Contains(step.Restore) || (IsCopy && !Point.Mixes), $"The restore began anew. {Story}");
            if (!there.Contains(step.Restore))
                continue;
            // Tables that were not complete in one snapshot are not in the next.
            if (IsCopy && !tables.Any(table => step.Step.EndsWith($" {table}", StringComparison.Ordinal) || step.Step.Contains($" {table} ", StringComparison.Ordinal)))
                continue;
            Assert.True(after.GetValueOrDefault(step) == at, $"'{step.Step}' was done again. {Story}");
        }

        if (failure is null && Result is RestoreResult result && _done.Count > 0)
            Assert.True(result.IsResumed || IsCopy, Story);
    }

    /// <inheritdoc />
    protected override async Task VerifyAsync()
    {
        await using PostgresSession session = await Servers.LookAsync(atSource: false, database);
        string[] rows = await DatabaseContent.RowsAsync(session, Cancel);
        Assert.True(Servers.Rows.SequenceEqual(rows), $"Of {string.Join("; ", Servers.Rows.Except(rows))} came {string.Join("; ", rows.Except(Servers.Rows))}. {Story}");
        (IReadOnlyList<string> dumped, IReadOnlyList<string> read) = await KillServers.DefineAsync(session);
        Assert.Equal(Servers.Definition.Read, read);
        Assert.Equal(Servers.Definition.Dumped, dumped);
        Assert.Equal((Story, "Kill, too,kill,public"), (Story, await Servers.AskAsync<string>(atSource: false, database,
            "SELECT string_agg(nspname, ',' ORDER BY nspname COLLATE \"C\") FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'lakebase_ops')")));
        Assert.Equal((Story, "Restored"), (Story, await Servers.AskAsync<string>(atSource: false, database, "SELECT string_agg(DISTINCT status, ',') FROM lakebase_ops.restore_run")));
    }

    /// <summary>The steps of restores that are in the books, with when they were done.</summary>
    private async Task<Dictionary<(Guid Restore, string Step), DateTime>> StepsAsync()
    {
        Dictionary<(Guid, string), DateTime> steps = [];
        await using PostgresSession session = await Servers.LookAsync(atSource: false, database);
        await using NpgsqlConnection connection = await session.OpenAsync(Cancel);
        await using NpgsqlCommand exists = new("SELECT to_regclass('lakebase_ops.restore_step') IS NOT NULL", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(Cancel))!)
            return steps;
        await using NpgsqlCommand command = new("SELECT restore_id, step, done_at FROM lakebase_ops.restore_step", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancel);
        while (await reader.ReadAsync(Cancel))
            steps[(reader.GetGuid(0), reader.GetString(1))] = reader.GetDateTime(2);
        return steps;
    }
}
