using System.Globalization;
using Npgsql;

namespace LakebaseOps.Verification.Health;

/// <summary>
/// What the sessions of the server are at. Their statements are not shown: they may hold values that are nobody else's
/// business.
/// </summary>
internal static class ActivityChecks
{
    private const double Full = 0.95;

    /// <summary>Whatever keeps old row versions alive.</summary>
    public static Task<IReadOnlyList<(string Target, Finding Finding)>> LongTransactionsAsync(
        NpgsqlConnection connection, HealthOptions options, CancellationToken cancellationToken)
    {
        string expected = $"no transaction older than {Text(options.MaxTransactionAge)}";
        return HealthChecks.ListAsync(
            connection,
            """
            SELECT 'process ' || pid,
                   concat_ws(', ', state, 'for ' || date_trunc('second', clock_timestamp() - xact_start), 'role ' || usename,
                             'database ' || datname, 'application ' || nullif(application_name, ''))
            FROM pg_stat_activity
            WHERE xact_start < clock_timestamp() - $1 AND pid <> pg_backend_pid() AND backend_type NOT IN ('autovacuum worker', 'walsender')
            UNION ALL
            SELECT 'prepared transaction ' || quote_literal(gid), 'for ' || date_trunc('second', clock_timestamp() - prepared) || ', role ' || owner
            FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - $1
            UNION ALL
            SELECT 'replication slot ' || quote_ident(slot_name), 'holds back VACUUM by ' || age(coalesce(catalog_xmin, xmin)) || ' transactions, and is not in use'
            FROM pg_replication_slots WHERE NOT active AND coalesce(catalog_xmin, xmin) IS NOT NULL
            """,
            (string target, string actual) => (target, Finding.Prefer(false, expected, actual, target.Split(' ')[0] switch
            {
                "process" => $"Commit it, or end it with SELECT pg_terminate_backend({target.Split(' ')[1]}): VACUUM removes nothing newer, and CREATE INDEX CONCURRENTLY waits for it.",
                "prepared" => "COMMIT PREPARED or ROLLBACK PREPARED it.",
                _ => "Let its subscriber connect, or drop it with pg_drop_replication_slot.",
            })),
            Finding.Prefer(true, expected, "none", ""), cancellationToken, options.MaxTransactionAge);
    }

    /// <summary>Who waits for whom.</summary>
    public static Task<IReadOnlyList<(string Target, Finding Finding)>> LockWaitsAsync(
        NpgsqlConnection connection, HealthOptions options, CancellationToken cancellationToken)
    {
        string expected = $"no wait for a lock above {Text(options.MaxLockWait)}";
        return HealthChecks.ListAsync(
            connection,
            """
            SELECT 'process ' || l.pid,
                   concat_ws(' ', 'waits', round(extract(epoch FROM clock_timestamp() - l.waitstart)::numeric, 1) || ' s for', l.mode, 'on',
                             CASE WHEN l.relation IS NULL THEN l.locktype WHEN l.database = d.oid THEN l.relation::regclass::text ELSE 'a relation of another database' END,
                             'held by process', array_to_string(pg_blocking_pids(l.pid), ', '))
            FROM pg_locks l CROSS JOIN (SELECT oid FROM pg_database WHERE datname = current_database()) d
            WHERE NOT l.granted AND l.waitstart < clock_timestamp() - $1
            """,
            (string target, string actual) => (target, Finding.Prefer(false, expected, actual,
                "Commit or end the transaction that holds the lock; let changes of tables give up early with lock_timeout.")),
            Finding.Prefer(true, expected, "none", ""), cancellationToken, options.MaxLockWait);
    }

    /// <summary>How many connections are left.</summary>
    public static Task<IReadOnlyList<(string Target, Finding Finding)>> ConnectionsAsync(
        NpgsqlConnection connection, HealthOptions options, CancellationToken cancellationToken) => HealthChecks.ListAsync(
            connection,
            """
            SELECT concat(count(*), ' of ', most, ' in use, ', count(*) FILTER (WHERE state = 'idle'), ' of them idle'), count(*)::float8 / most
            FROM pg_stat_activity,
                 (SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most) AS limits
            WHERE backend_type = 'client backend' GROUP BY most
            """,
            (string actual, double share) => (HealthChecks.Server, new Finding(
                share > Full ? CheckStatus.Failed : share > options.MaxConnectionShare ? CheckStatus.Warning : CheckStatus.Passed,
                $"at most {CatalogChecks.Share(options.MaxConnectionShare)} of the connections in use", actual,
                share > options.MaxConnectionShare ? "Close idle pools, make pools smaller, or put a pooler in front for callers that need no session." : "")),
            null, cancellationToken);

    private static string Text(TimeSpan time) => time.TotalMinutes >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
