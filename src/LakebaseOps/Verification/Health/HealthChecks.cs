using LakebaseOps.Connections;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification.Health;

/// <summary>The checks of the server as it is at this moment.</summary>
internal sealed class HealthChecks(NpgsqlConnection connection, PostgresSession session, IReadOnlyList<TableName> tables, HealthOptions options)
{
    /// <summary>The target of what concerns the whole server.</summary>
    public const string Server = "server";

    /// <summary>What a role needs that may not see enough.</summary>
    public const string Monitor = "Grant the role pg_monitor.";

    /// <summary>True for what needs a look at the sessions of others.</summary>
    public static bool IsOfOthers(HealthCheckKind kind) =>
        kind is HealthCheckKind.Vacuum or HealthCheckKind.LongTransactions or HealthCheckKind.Connections;

    /// <summary>True when the role sees what others do.</summary>
    public static async Task<bool> SeesAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Makes one check: one finding for each thing that is wrong, or one that says that nothing is.</summary>
    public Task<IReadOnlyList<(string Target, Finding Finding)>> RunAsync(HealthCheckKind kind, CancellationToken cancellationToken) => kind switch
    {
        HealthCheckKind.Vacuum => VacuumAsync(cancellationToken),
        HealthCheckKind.LongTransactions => ActivityChecks.LongTransactionsAsync(connection, options, cancellationToken),
        HealthCheckKind.LockWaits => ActivityChecks.LockWaitsAsync(connection, options, cancellationToken),
        HealthCheckKind.Connections => ActivityChecks.ConnectionsAsync(connection, options, cancellationToken),
        HealthCheckKind.SessionLife => SessionLife.CheckAsync(connection, session, cancellationToken),
        HealthCheckKind.Bloat => BloatAsync(cancellationToken),
        HealthCheckKind.TransactionIds => TransactionIdsAsync(cancellationToken),
        HealthCheckKind.Settings => SettingChecks.CheckAsync(connection, tables, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private Task<IReadOnlyList<(string Target, Finding Finding)>> VacuumAsync(CancellationToken cancellationToken) => ListAsync(
        connection,
        """
        SELECT format('%I.%I', n.nspname, c.relname),
               CASE a.backend_type WHEN 'autovacuum worker' THEN 'autovacuum' ELSE 'VACUUM of process ' || a.pid END || ', ' || v.phase
                 || CASE WHEN v.heap_blks_total > 0 THEN format(', %s of %s blocks', v.heap_blks_scanned, v.heap_blks_total) ELSE '' END
        FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)
        JOIN pg_class c ON c.oid = v.relid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE v.datname = current_database()
        UNION ALL
        SELECT format('%I.%I', n.nspname, c.relname), 'ANALYZE of process ' || v.pid || ', ' || v.phase
        FROM pg_stat_progress_analyze v JOIN pg_class c ON c.oid = v.relid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE v.datname = current_database()
        """,
        (string target, string actual) => (target, Finding.Prefer(false, "no vacuum at work", actual,
            "Wait until it is done before you measure; after a load, VACUUM (FREEZE, ANALYZE) leaves autovacuum nothing to do.")),
        Finding.Prefer(true, "no vacuum at work", "none", ""), cancellationToken);

    private async Task<IReadOnlyList<(string Target, Finding Finding)>> BloatAsync(CancellationToken cancellationToken)
    {
        TestTableOptions limits = new() { MaxBloatShare = options.MaxBloatShare };
        List<(string, Finding)> found = [];
        int judged = 0;
        foreach (TableName table in tables)
        {
            if (await TableState.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false) is not TableState facts)
                continue;
            Finding finding = CatalogChecks.Bloat(facts, limits);
            judged += finding.Status == CheckStatus.Skipped ? 0 : 1;
            if (finding.Status == CheckStatus.Warning)
                found.Add((table.ToString(), finding));
        }

        string expected = $"at most {CatalogChecks.Share(options.MaxBloatShare)} of each table wasted";
        return found.Count > 0 ? found
            : [(Server, judged == 0
                ? Finding.Skip($"none of {tables.Count} tables is large enough and has statistics")
                : Finding.Prefer(true, expected, $"no more in {judged} tables", ""))];
    }

    private Task<IReadOnlyList<(string Target, Finding Finding)>> TransactionIdsAsync(CancellationToken cancellationToken) => ListAsync(
        connection,
        """
        SELECT 'database ' || quote_ident(datname), greatest(age(datfrozenxid), mxid_age(datminmxid))::bigint / 2147483648.0::float8
        FROM pg_database WHERE datallowconn ORDER BY 2 DESC LIMIT 1
        """,
        (string target, double share) => (target, share < options.MaxTransactionIdShare
            ? Finding.Prefer(true, $"at most {CatalogChecks.Share(options.MaxTransactionIdShare)} used", CatalogChecks.Share(share), "")
            : Finding.Require(false, $"at most {CatalogChecks.Share(options.MaxTransactionIdShare)} used", CatalogChecks.Share(share),
                "VACUUM (FREEZE) the oldest tables now, and end what holds it back (LongTransactions): at 100 % the server stops taking writes.")),
        null, cancellationToken);

    /// <summary>Gives a query the tables: $1 their schemas, $2 their names.</summary>
    public static void Bind(NpgsqlCommand command, IReadOnlyList<TableName> tables)
    {
        foreach (Func<TableName, string> part in new Func<TableName, string>[] { table => table.Schema, table => table.Name })
            command.Parameters.Add(new() { Value = tables.Select(part).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
    }

    /// <summary>A finding for each row of a query of two columns; the other one where there is none.</summary>
    public static async Task<IReadOnlyList<(string Target, Finding Finding)>> ListAsync<T>(
        NpgsqlConnection connection, string query, Func<string, T, (string Target, Finding Finding)> judge, Finding? none,
        CancellationToken cancellationToken, params object[] values)
    {
        using NpgsqlCommand command = new(query, connection);
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        List<(string, Finding)> found = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Add(judge(row.GetString(0), row.GetFieldValue<T>(1)));
        }

        return found.Count == 0 && none is not null ? [(Server, none)] : found;
    }
}
