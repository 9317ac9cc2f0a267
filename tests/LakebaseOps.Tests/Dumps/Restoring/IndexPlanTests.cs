using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>How a restore builds its indexes.</summary>
public sealed class IndexPlanTests(PostgresServer server) : RestoreTest(server)
{
    [Fact]
    public async Task Indexes_and_keys_are_built_as_the_index_planner_says_and_the_reason_is_told()
    {
        await ExecuteAsync(
            """
            CREATE SCHEMA shop; CREATE TABLE shop."of all" (k text PRIMARY KEY, n bigint UNIQUE, r int4range, EXCLUDE USING gist (r WITH &&));
            INSERT INTO shop."of all" SELECT md5(g::text), g FROM generate_series(1, 20000) g;
            CREATE INDEX " ON shop" ON shop."of all" (lower(k), n) WHERE n > 5; CREATE TABLE shop.small (n integer PRIMARY KEY); INSERT INTO shop.small VALUES (1)
            """);
        // What each build sees of its session; those on the empty twin that the planner reads the key from are rolled back.
        await TargetAsync(
            """
            CREATE SCHEMA watch; CREATE TABLE watch.seen (name text, settings text);
            CREATE FUNCTION watch.see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO watch.seen SELECT object_identity, current_setting('maintenance_work_mem') || ' ' || current_setting('max_parallel_maintenance_workers')
                FROM pg_event_trigger_ddl_commands() WHERE command_tag IN ('CREATE INDEX', 'ALTER TABLE'); END $$;
            CREATE EVENT TRIGGER see ON ddl_command_end WHEN TAG IN ('CREATE INDEX', 'ALTER TABLE') EXECUTE FUNCTION watch.see()
            """);
        (_, RecordingSink sink) = await CopyAsync(limits: new RestoreLimits { SmallBytes = 100_000 });
        // Rows that are merged once need no more than this, where the rule of sizes gives 64 MB.
        foreach (string name in new[] { "of all_pkey", "of all_n_key", " ON shop" })
        {
            Assert.Contains(sink.Traces, line => line.StartsWith($"Plan: shop.of all: \"{name}\": ", StringComparison.Ordinal)
                && line.Contains(" rows, 0 worker(s), 4 MB, not sampled: that would take ", StringComparison.Ordinal));
            Assert.Equal("4MB 0", await TargetAsync<string>($"SELECT settings FROM watch.seen WHERE name LIKE '%.\"{name}\"'"));
        }

        // So is a constraint that cannot be made of an index; a small table has nothing to plan.
        Assert.Contains(sink.Traces, line => line.Contains("of all_r_excl", StringComparison.Ordinal) && line.Contains("not sampled", StringComparison.Ordinal));
        Assert.Contains(sink.Traces, line => line.StartsWith("Plan: shop.small: \"small_pkey\": 0 MB table", StringComparison.Ordinal));
        foreach (string table in new[] { "\"of all\"", "small" })
            Assert.True(await TargetAsync<bool>($"SELECT bool_or(settings = '64MB 0') FROM watch.seen WHERE name LIKE '%.{table}'"));
        Assert.Empty(sink.Warnings);
    }
}
