using LakebaseOps.Dumps.Placing;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>A restore goes on with what the server has, and not with what it had before a crash.</summary>
public sealed class RestoreTargetTests(PostgresServer server) : DatabaseTest(server)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_step_that_misses_what_a_crash_has_taken_says_that_and_one_that_fails_by_itself_says_why(bool crashed)
    {
        await using RestoreTarget target = new(Session);
        Guid id = Guid.NewGuid();
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
        {
            await RestoreLedger.EnsureAsync(connection, Cancel);
            await RestoreLedger.BeginAsync(connection, new RestoreEntry(id, "source", "label", "key", [], [], IsSwapped: false), Cancel);
        }

        await target.JoinAsync(id, Cancel);
        await DoAsync("table", "CREATE TABLE t (i int)");
        await DoAsync("index", "CREATE INDEX t_i ON t (i)");
        // As it is when the log was not written before the server died.
        await ExecuteAsync(crashed ? "DROP INDEX t_i; DELETE FROM lakebase_ops.restore_step WHERE step = 'index'" : "DROP INDEX t_i");

        Exception? failed = await Record.ExceptionAsync(() => DoAsync("key", "ALTER TABLE t ADD CONSTRAINT t_i UNIQUE USING INDEX t_i"));

        Assert.Equal(crashed ? ErrorIds.ConnectionLost : ErrorIds.ObjectNotFound, ErrorTranslator.Translate(failed!).Id);
        Assert.Equal(crashed ? 1L : 2L, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.restore_step"));

        Task DoAsync(string step, string sql) => target.StepAsync(
            step,
            async (connection, token) =>
            {
                await Placement.RunAsync(connection, ["SET LOCAL search_path = public", sql], token);
                return RestoreStep.None;
            },
            Cancel);
    }
}
