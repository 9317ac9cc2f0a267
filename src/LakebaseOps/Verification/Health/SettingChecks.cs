using Npgsql;

namespace LakebaseOps.Verification.Health;

/// <summary>Settings that hurt a server of features, each with why.</summary>
internal static class SettingChecks
{
    // Name, what it should be, whether a value is bad (of $1 indexes), how bad, and what to do.
    private static readonly (string Name, string Expected, string IsBad, bool IsFatal, string Remedy)[] Rules =
    [
        ("fsync", "on", "setting = 'off'", true, "Switch it on: a crash of the machine can destroy the database."),
        ("full_page_writes", "on", "setting = 'off'", true, "Switch it on, unless the storage writes pages whole: a crash can tear pages."),
        ("autovacuum", "on", "setting = 'off'", false, "Switch it on: tables bloat, and transaction ids run out."),
        ("track_counts", "on", "setting = 'off'", false, "Switch it on: autovacuum and every statistic depend on it."),
        ("random_page_cost", "below 4", "setting::float8 >= 4", false,
            "Set 1.1 for this database or role (ALTER ROLE … SET random_page_cost = 1.1): 4 is the price of rotating disks and makes the planner shy of indexes."),
        ("max_wal_size", "above 1 GB", "setting::bigint * 1024 * 1024 <= 1073741824", false,
            "Raise it for loads, to some minutes of WAL: each checkpoint makes the pages after it be written whole."),
        ("shared_buffers", "at least the indexes of the feature tables", "setting::bigint * current_setting('block_size')::bigint < $1", false,
            "Take a larger compute, or smaller keys (bytea or uuid instead of hex text): a lookup that misses costs a read of the storage."),
    ];

    /// <summary>One finding for each setting that is bad.</summary>
    public static async Task<IReadOnlyList<(string Target, Finding Finding)>> CheckAsync(
        NpgsqlConnection connection, IReadOnlyList<TableName> tables, CancellationToken cancellationToken)
    {
        long indexes = await IndexBytesAsync(connection, tables, cancellationToken).ConfigureAwait(false);
        string cases = string.Join(' ', Rules.Select(rule => $"WHEN '{rule.Name}' THEN {rule.IsBad}"));
        List<(string Target, Finding Finding)> found =
        [
            .. await HealthChecks.ListAsync<string>(
                connection,
                $"SELECT name, current_setting(name) FROM pg_settings WHERE CASE name {cases} ELSE false END AND $1::bigint IS NOT NULL ORDER BY name",
                Judge, null, cancellationToken, indexes).ConfigureAwait(false),
        ];
        return found.Count > 0 ? found : [(HealthChecks.Server, Finding.Prefer(true, "settings fit for feature tables", $"all {Rules.Length} looked at", ""))];

        (string, Finding) Judge(string name, string value)
        {
            (_, string expected, _, bool isFatal, string remedy) = Rules.First(rule => rule.Name == name);
            if (name == "shared_buffers")
                expected = $"{expected}: {CatalogChecks.Count(indexes >> 20)} MB";
            return ($"setting {name}", isFatal ? Finding.Require(false, expected, value, remedy) : Finding.Prefer(false, expected, value, remedy));
        }
    }

    private static async Task<long> IndexBytesAsync(NpgsqlConnection connection, IReadOnlyList<TableName> tables, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT coalesce(sum(pg_indexes_size(c.oid)), 0)::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN unnest($1, $2) AS wanted (schema, name) ON n.nspname = wanted.schema AND c.relname = wanted.name
            """, connection);
        HealthChecks.Bind(command, tables);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
