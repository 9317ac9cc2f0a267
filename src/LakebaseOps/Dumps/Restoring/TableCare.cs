using LakebaseOps.Dumps.Placing;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>What a server does for a table that has its rows: VACUUM and ANALYZE, so that queries find it ready.</summary>
/// <param name="target">Where.</param>
/// <param name="stage">The table.</param>
internal sealed class TableCare(RestoreTarget target, TableName stage)
{
    // A transaction that stays open keeps pages from being marked, however often it is tried.
    private const int MostVacuums = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Marks all pages as visible to all, and their rows as frozen.</summary>
    /// <param name="step">Its name in the books.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task VacuumAsync(string step, CancellationToken cancellationToken)
    {
        // VACUUM cannot call a page all-visible while the commit of its rows has not reached the log: a commit that waits makes sure of it.
        string[] vacuum = ["SELECT set_config('synchronous_commit', 'on', true), pg_current_xact_id()", $"VACUUM (FREEZE) {stage.ToSql()}"];
        await target.OutsideAsync(step, vacuum, cancellationToken).ConfigureAwait(false);
        // Nor while others of the same moment, in any database, have not: the server remembers them in groups, and writes its log every 200 ms.
        for (int again = 0; again < MostVacuums && !await target.UseAsync(IsVisibleAsync, cancellationToken).ConfigureAwait(false); again++)
        {
            await Task.Delay(FirstPause * (1 << again), cancellationToken).ConfigureAwait(false);
            await target.UseAsync(
                async (connection, token) =>
                {
                    await Placement.RunAsync(connection, vacuum, token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Statistics of its columns.</summary>
    /// <param name="step">Its name in the books.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task AnalyzeAsync(string step, CancellationToken cancellationToken) => target.OutsideAsync(step, [$"ANALYZE {stage.ToSql()}"], cancellationToken);

    /// <summary>Pages it has.</summary>
    public Task<long> PagesAsync(CancellationToken cancellationToken) =>
        target.UseAsync((connection, token) => ScalarAsync<long>(connection, "SELECT pg_relation_size(to_regclass($1)) / current_setting('block_size')::bigint", token), cancellationToken);

    private Task<bool> IsVisibleAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ScalarAsync<bool>(connection, "SELECT coalesce(bool_and(relallvisible >= relpages), true) FROM pg_class WHERE oid = to_regclass($1)", cancellationToken);

    private async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, connection) { Parameters = { new() { Value = stage.ToSql() } } };
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
