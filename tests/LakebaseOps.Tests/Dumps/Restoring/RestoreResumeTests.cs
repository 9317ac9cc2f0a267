using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>Restores that are broken off at seeded points: what was there stays, and the same call again completes them.</summary>
public sealed class RestoreResumeTests(PostgresServer server) : RestoreTest(server)
{
    private const string Digest =
        "SELECT (SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM shop.orders o) || (SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM shop.customers c) "
        + "|| (SELECT count(*) FROM shop.nothing) || (SELECT count(*) FROM pg_index JOIN pg_class ON oid = indrelid WHERE relnamespace = 'shop'::regnamespace)";

    [Fact]
    public async Task Broken_off_anywhere_it_goes_on_and_ends_as_if_it_had_not_been()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        string wanted = await ScalarAsync<string>(Digest);
        await TargetAsync("CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 42 AS old");
        Random random = new(7);
        bool resumed = false;
        for (int number = 0; number < Soak.Cases(8, 50); number++)
        {
            await using LiveSource live = await LiveSource.OpenAsync(Session, new ShopDefinition(), new DumpSelection(), Cancel);
            int fault = random.Next(1, 8);
            // One time a connection of the target is ended, which is to be survived; another time this process gives up.
            bool ends = number % 2 == 0;
            await using BrokenSource source = new(live, $"dump {number}", fault, ends ? EndConnectionsAsync : () => throw new InvalidOperationException("broken off"));
            string before = await TargetAsync<string>("SELECT string_agg(o::text, '|' ORDER BY o::text) FROM shop.orders o");
            try
            {
                await RestoreAsync(source);
            }
            catch (Exception exception) when (exception is InvalidOperationException or LakebaseException or NpgsqlException)
            {
                Assert.Equal(before, await TargetAsync<string>("SELECT string_agg(o::text, '|' ORDER BY o::text) FROM shop.orders o"));
                RestoreResult again = await RestoreAsync(source);
                resumed |= again.IsResumed;
            }

            Assert.Equal(wanted, await TargetAsync<string>(Digest));
            Assert.Equal("0", await TargetAsync<string>("SELECT count(*)::text FROM pg_namespace WHERE nspname ~ '__(stg|keep|old)_'"));
        }

        Assert.True(resumed);
    }

    [Fact]
    public async Task A_row_changed_on_its_way_is_found_before_anything_is_replaced()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        await TargetAsync("CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 42 AS old");
        await using LiveSource live = await LiveSource.OpenAsync(Session, new ShopDefinition(), new DumpSelection(), Cancel);
        await using BrokenSource source = new(live, "dump", 3, () => TargetAsync(
            """
            DO $$
            DECLARE stage text := (SELECT nspname FROM pg_namespace WHERE nspname ~ 'shop__stg_');
            BEGIN
                EXECUTE format('CREATE FUNCTION public.change() RETURNS trigger LANGUAGE plpgsql AS %L', 'BEGIN NEW.name := ''x''; RETURN NEW; END');
                EXECUTE format('CREATE TRIGGER change BEFORE INSERT ON %I.customers FOR EACH ROW WHEN (NEW.id = 7) EXECUTE FUNCTION public.change()', stage);
            END $$
            """)) { Table = "nothing" };
        LakebaseException found = await Assert.ThrowsAsync<LakebaseException>(() => RestoreAsync(source, 1));
        Assert.Equal(ErrorIds.RestoreNotVerified, found.Error.Id);
        Assert.Equal("42", await TargetAsync<string>("SELECT old::text FROM shop.orders"));
    }

    [Fact]
    public async Task A_copy_goes_on_in_another_snapshot_only_when_that_is_allowed_and_says_so()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        await using LiveSource live = await LiveSource.OpenAsync(Session, new ShopDefinition(), new DumpSelection(), Cancel);
        // One after the other, the largest first: the third that is opened has no columns.
        await using BrokenSource broken = new(live, "live 1", 2, () => throw new InvalidOperationException("broken off"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RestoreAsync(broken, 1));
        await ExecuteAsync("DELETE FROM shop.orders; DELETE FROM shop.nothing");
        await using LiveSource later = await LiveSource.OpenAsync(Session, new ShopDefinition(), new DumpSelection(), Cancel);
        await using BrokenSource other = new(later, "live 2", 0, () => Task.CompletedTask);
        RestoreResult mixed = await RestoreAsync(other, 1, allowInconsistent: true);
        Assert.Equal((false, true), (mixed.IsConsistent, mixed.IsResumed));
        Assert.Equal("5000 0", await TargetAsync<string>("SELECT (SELECT count(*) FROM shop.orders) || ' ' || (SELECT count(*) FROM shop.nothing)"));
        await using BrokenSource again = new(later, "live 3", 2, () => throw new InvalidOperationException("broken off"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RestoreAsync(again, 1));
        RestoreResult anew = await RestoreAsync(other, 1);
        Assert.Equal((true, false), (anew.IsConsistent, anew.IsResumed));
        Assert.Equal("0", await TargetAsync<string>("SELECT count(*)::text FROM shop.orders"));
    }

    [Fact]
    public async Task What_was_broken_off_behind_the_swap_tells_of_the_tables_of_the_earlier_call()
    {
        await ExecuteAsync(ShopDefinition.Sql);
        await ExportAsync(Session, new() { Path = Folder });
        RestoreResult first = await ImportAsync();
        await TargetAsync("UPDATE lakebase_ops.restore_run SET status = 'Swapped'");
        RestoreResult second = await ImportAsync();
        Assert.True(second.IsResumed);
        Assert.Equal((5_503, first.Bytes), (second.Rows, second.Bytes));
        Assert.Equal(first.Tables, second.Tables);
    }

    private async Task<RestoreResult> RestoreAsync(IDumpSource source, int? throttle = null, bool allowInconsistent = false)
    {
        await using Restore restore = new(new RestoreRequest(source, new ImportDumpOptions { ThrottleLimit = throttle }), Target, new RecordingSink())
        { AllowInconsistent = allowInconsistent };
        return await restore.RunAsync(Cancel);
    }

    private Task EndConnectionsAsync() => TargetAsync(
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{Target.Database}' AND application_name = 'LakebaseOps load' AND state <> 'idle'");

    /// <summary>A source whose contents stay the same from call to call, with something that happens once when a piece is opened.</summary>
    private sealed class BrokenSource(IDumpSource inner, string id, int fault, Func<Task> happens) : IDumpSource
    {
        private int _opened;

        /// <summary>The table at whose opening it happens; null for the number of openings alone.</summary>
        public string? Table { get; init; }

        public string Id => id;

        public DumpOrigin Origin => inner.Origin;

        public DatabaseDefinition Definition => inner.Definition;

        public IReadOnlyList<DumpChunk> Chunks(DumpTable table) => inner.Chunks(table);

        public async Task<Stream> OpenAsync(DumpTable table, DumpChunk chunk, CancellationToken cancellationToken)
        {
            if (Table is null ? Interlocked.Increment(ref _opened) == 1 + (fault % 3) : table.Table.Name == "orders" && Interlocked.Increment(ref _opened) == 1)
                await happens();
            return await inner.OpenAsync(table, chunk, cancellationToken);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
