using System.Globalization;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Staging;

namespace LakebaseOps.Tests.Loading;

/// <summary>What else in the database a swap touches, and what it makes sure of.</summary>
public sealed class SwapReferenceTests(PostgresServer server) : LoadTest(server)
{
    [EachServer("What refers to a table is read from the server's catalogs.")]
    [Fact]
    public async Task What_refers_to_the_table_refers_to_its_successor()
    {
        string role = $"reader_{Guid.NewGuid():N}"[..20];
        await ExecuteAsync($"""
            CREATE ROLE {role};
            CREATE SCHEMA apart;
            CREATE TABLE t (id int PRIMARY KEY, name text, parent int CONSTRAINT to_itself REFERENCES t, n int GENERATED ALWAYS AS IDENTITY);
            INSERT INTO t VALUES (1, 'one', NULL), (2, 'two', 1);
            CREATE VIEW direct WITH (security_barrier) AS SELECT id AS key, t.name FROM t WHERE id > 0 WITH LOCAL CHECK OPTION;
            CREATE VIEW apart.grouped AS SELECT t.*, count(*) AS times FROM t GROUP BY t.id;
            CREATE VIEW indirect AS SELECT key FROM direct JOIN apart.grouped ON id = key;
            GRANT SELECT ON direct TO {role}; COMMENT ON COLUMN direct.key IS 'a key'; ALTER VIEW direct ALTER key SET DEFAULT 9;
            DO $$ BEGIN EXECUTE 'CREATE FUNCTION newest() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT max(id) FROM t; END'; END $$;
            CREATE TABLE child (id int CONSTRAINT to_t REFERENCES t ON DELETE CASCADE); INSERT INTO child VALUES (1);
            COMMENT ON CONSTRAINT to_t ON child IS 'a key';
            ALTER TABLE child ENABLE ROW LEVEL SECURITY;
            CREATE POLICY known ON child USING (id IN (SELECT id FROM t)) WITH CHECK (EXISTS (SELECT FROM t WHERE t.id = child.id));
            CREATE RULE follow AS ON DELETE TO child DO ALSO DELETE FROM t WHERE t.id = OLD.id;
            CREATE RULE "own rule" AS ON DELETE TO t WHERE OLD.id < 0 DO INSTEAD NOTHING; COMMENT ON RULE "own rule" ON t IS 'a rule';
            CREATE PUBLICATION partly FOR TABLE t (id, name) WHERE (id > 0);
            CREATE STATISTICS apart.t_stat ON name, parent FROM t; ALTER STATISTICS apart.t_stat SET STATISTICS 33; COMMENT ON STATISTICS apart.t_stat IS 'both';
            GRANT USAGE ON SEQUENCE t_n_seq TO {role}; COMMENT ON SEQUENCE t_n_seq IS 'numbers';
            CREATE INDEX "expression; index" ON t (lower(name)); ALTER INDEX "expression; index" ALTER COLUMN 1 SET STATISTICS 44;
            """);
        string before = await ReferencesAsync();
        string file = Write("t.csv", "id,name,parent\n1,eins,\n3,drei,1\n");

        string plan = string.Join(';', (await new BulkLoadOperation(Session, new BulkLoadOptions { Path = [file] }).DescribeAsync(Cancel)).Steps);
        Assert.All(["view direct", "view apart.grouped", "function newest()", "policy known on child", "rule follow on child", "foreign key to_t of child", "partly"],
            name => Assert.Contains(name, plan, StringComparison.Ordinal));
        RecordingSink sink = await RecordingSink.RunAsync(new BulkLoadOperation(Session, new BulkLoadOptions { Path = [file], KeepPrevious = true }), Cancel);
        BulkLoadResult result = Assert.Single(sink.Of<BulkLoadResult>());
        Assert.Contains(sink.Warnings, warning => warning.Contains("partly", StringComparison.Ordinal));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM pg_stats_ext WHERE statistics_name = 't_stat' AND n_distinct IS NOT NULL AND tablename = 't'"));

        Assert.Equal(before, await ReferencesAsync());
        Assert.Equal("1=eins 3=drei", await ScalarAsync<string>("SELECT string_agg(key || '=' || name, ' ' ORDER BY key) FROM direct"));
        Assert.Equal(2L, await ScalarAsync<long>("SELECT count(*) FROM indirect"));
        Assert.Equal(3, await ScalarAsync<int>("SELECT newest()"));
        Assert.Equal(0L, await ScalarAsync<long>($"SELECT count(*) FROM pg_depend WHERE refobjid = '{result.PreviousTable}'::regclass AND classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass) AND objid NOT IN (SELECT oid FROM pg_rewrite WHERE ev_class = '{result.PreviousTable}'::regclass)"));
        Assert.Equal("23503", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ExecuteAsync("INSERT INTO t (id, parent) VALUES (4, 2)"))).SqlState);
        await LoadAsync(new BulkLoadOptions { Path = [file], Restart = true });
        Assert.Equal(before, await ReferencesAsync());

        // A row that a foreign key needs is missing: nothing is swapped, and with the row there the same call goes on.
        await ExecuteAsync("INSERT INTO child VALUES (3)");
        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Path = [Write("t.csv", "id,name,parent\n1,un,\n")] });
        Assert.Equal(ErrorIds.LoadNotPossible, error.Id);
        Assert.Contains("foreign key to_t of public.child", error.Message, StringComparison.Ordinal);
        Assert.Equal("1=eins 3=drei", await ScalarAsync<string>("SELECT string_agg(key || '=' || name, ' ' ORDER BY key) FROM direct"));
        await ExecuteAsync("DELETE FROM child WHERE id = 3");
        Assert.Equal("Loaded", (await LoadAsync(new BulkLoadOptions { Path = [Path.Combine(Folder, "t.csv")] })).Status);
        Assert.Equal(before, await ReferencesAsync());
        await ExecuteAsync($"DROP TABLE t, {result.PreviousTable} CASCADE; DROP TABLE child; DROP OWNED BY {role}; DROP ROLE {role}");
        Assert.Equal(0, await StrayRelationsAsync());
    }

    [Theory]
    [InlineData("ALTER TABLE t ADD extra int", "column extra")]
    [InlineData("ALTER TABLE t ALTER v SET DEFAULT 'x'", "DEFAULT|'x'")]
    [InlineData("CREATE INDEX late ON t (v)", "index USING btree (v)")]
    [InlineData("DROP INDEX t_v", "without index")]
    [InlineData("ALTER TABLE t ADD CONSTRAINT late CHECK (id > 0)", "constraint CHECK")]
    public async Task What_was_altered_meanwhile_is_not_lost_in_silence(string change, string named)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE INDEX t_v ON t (lower(v)); INSERT INTO t VALUES (1)");
        bool altered = false;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (altered || !progress.Status.StartsWith("Counting", StringComparison.Ordinal))
                    return;
                altered = true;
                using Npgsql.NpgsqlCommand command = Session.DataSource.CreateCommand(change);
                command.ExecuteNonQuery();
            },
        };

        LakebaseError error = (await Assert.ThrowsAsync<LakebaseException>(() => new BulkLoadOperation(
            Session, new BulkLoadOptions { Path = [Write("t.csv", "id,v\n2,b\n")] }).RunAsync(sink, Cancel))).Error;

        Assert.Equal(ErrorIds.LoadChanged, error.Id);
        Assert.Contains(named.Split('|')[^1], error.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM t WHERE id = 1"));
        Assert.Equal("Loaded", (await LoadAsync(new BulkLoadOptions { Path = [Path.Combine(Folder, "t.csv")], Restart = true })).Status);
        Assert.Equal(0, await StrayRelationsAsync());
    }

    [Theory]
    [InlineData("", "DELETE FROM {0} WHERE id = 2", false)]
    [InlineData("", "UPDATE pg_index SET indisvalid = false WHERE indrelid = '{0}'::regclass AND NOT indisunique", false)]
    [InlineData("CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN REVOKE ALL ON public.t FROM PUBLIC; END';"
        + "CREATE EVENT TRIGGER forbid ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION forbid()", "SELECT 1", true)]
    public async Task What_the_swap_has_to_go_by_and_what_it_leaves_is_read_back(string setup, string fault, bool swapped)
    {
        await ExecuteAsync($"CREATE TABLE t (id int PRIMARY KEY, v text); CREATE INDEX ON t (v); INSERT INTO t VALUES (1); GRANT SELECT ON t TO PUBLIC; {setup}");
        bool done = false;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (done || !progress.Status.StartsWith("Counting", StringComparison.Ordinal))
                    return;
                done = true;
                using Npgsql.NpgsqlCommand command = Session.DataSource.CreateCommand(
                    string.Format(CultureInfo.InvariantCulture, fault, LoadNames.Stage(new TableName("public", "t")).Name));
                command.ExecuteNonQuery();
            },
        };

        LakebaseError error = (await Assert.ThrowsAsync<LakebaseException>(() => new BulkLoadOperation(
            Session, new BulkLoadOptions { Path = [Write("t.csv", "id,v\n2,b\n3,c\n")] }).RunAsync(sink, Cancel))).Error;

        Assert.True(done);
        Assert.Contains(error.Id, new[] { ErrorIds.LoadNotVerified, ErrorIds.LoadChanged });
        Assert.Equal(swapped ? ["(2,b)", "(3,c)"] : ["(1,)"], await RowsAsync("t"));
        await ExecuteAsync("DROP EVENT TRIGGER IF EXISTS forbid");
    }

    /// <summary>All that refers to table t, as the catalog writes it, and what its sequence, statistics and rules have.</summary>
    private Task<string> ReferencesAsync() => ScalarAsync<string>("""
        SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
            SELECT format('view %s %s %s %s %s', oid::regclass, pg_get_viewdef(oid), reloptions, relowner::regrole, relacl)
            FROM pg_class WHERE relkind = 'v' AND relnamespace IN ('public'::regnamespace, 'apart'::regnamespace)
            UNION ALL SELECT format('view column %s %s', col_description('direct'::regclass, 1), (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'direct'::regclass))
            UNION ALL SELECT pg_get_functiondef('newest'::regproc)
            UNION ALL SELECT format('key %s %s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint')) FROM pg_constraint WHERE contype = 'f' AND confrelid = 't'::regclass
            UNION ALL SELECT format('policy %s %s %s', polrelid::regclass, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
            UNION ALL SELECT format('rule %s %s', pg_get_ruledef(oid), obj_description(oid, 'pg_rewrite')) FROM pg_rewrite WHERE rulename <> '_RETURN' AND ev_class IN ('t'::regclass, 'child'::regclass)
            UNION ALL SELECT format('published %s %s %s %s', pubname, tablename, attnames, rowfilter) FROM pg_publication_tables
            UNION ALL SELECT format('statistics %s %s %s', pg_get_statisticsobjdef(oid), stxstattarget, obj_description(oid, 'pg_statistic_ext')) FROM pg_statistic_ext WHERE stxrelid = 't'::regclass
            UNION ALL SELECT format('index %s %s', attrelid::regclass, attstattarget) FROM pg_attribute WHERE attrelid = '"expression; index"'::regclass
            UNION ALL SELECT format('sequence %s %s', relacl, obj_description(oid, 'pg_class')) FROM pg_class WHERE oid = 't_n_seq'::regclass) lines (line)
        """);
}
