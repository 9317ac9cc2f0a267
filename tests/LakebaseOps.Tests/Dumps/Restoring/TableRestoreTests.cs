using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>Restores of chosen tables: what belongs to them comes, and all else stays as it is.</summary>
public sealed class TableRestoreTests(PostgresServer server) : RestoreTest(server)
{
    private const string Sql =
        """
        CREATE SCHEMA shop;
        CREATE TYPE shop.state AS ENUM ('new', 'paid'); CREATE DOMAIN shop.amount AS numeric CHECK (VALUE >= 0);
        CREATE FUNCTION shop.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
        CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := coalesce(NEW.note, ''none''); RETURN NEW; END';
        CREATE SEQUENCE shop.numbers START WITH 100;
        CREATE TABLE shop.customers (id serial PRIMARY KEY, name text NOT NULL);
        CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number bigint DEFAULT nextval('shop.numbers') UNIQUE,
            customer integer NOT NULL CONSTRAINT orders_customer REFERENCES shop.customers ON DELETE CASCADE, state shop.state NOT NULL, total shop.amount,
            note text, CONSTRAINT orders_note CHECK (note <> ''));
        CREATE INDEX orders_half ON shop.orders (shop.half(total)); CREATE INDEX orders_state ON shop.orders (state) WHERE state = 'new';
        CREATE STATISTICS shop.orders_stats ON customer, state FROM shop.orders;
        CREATE TRIGGER stamp BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.stamp();
        ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY known ON shop.orders USING (EXISTS (SELECT FROM shop.customers c WHERE c.id = customer)); COMMENT ON POLICY known ON shop.orders IS 'of somebody';
        COMMENT ON TABLE shop.orders IS 'what was bought'; COMMENT ON CONSTRAINT orders_customer ON shop.orders IS 'who'; GRANT SELECT ON shop.orders TO PUBLIC;
        CREATE TABLE shop.lines (id integer PRIMARY KEY, "order" bigint CONSTRAINT lines_order REFERENCES shop.orders DEFERRABLE);
        COMMENT ON CONSTRAINT lines_order ON shop.lines IS 'it''s of';
        INSERT INTO shop.customers (name) SELECT 'c' || g FROM generate_series(1, 50) g;
        INSERT INTO shop.orders (customer, state, total) SELECT 1 + g % 50, 'new', g FROM generate_series(1, 500) g;
        INSERT INTO shop.lines SELECT g, g FROM generate_series(1, 300) g;
        """;

    private const string Orders = "SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM shop.orders o";

    // Everything about a table that its definition has, and where its sequences stand.
    private const string Definition =
        """
        SELECT concat_ws(E'\n',
            (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid)), ',' ORDER BY attnum)
                FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
            (SELECT string_agg(indexdef, ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = nspname AND tablename = relname),
            (SELECT string_agg(conname || pg_get_constraintdef(k.oid) || convalidated || coalesce(obj_description(k.oid), ''), ',' ORDER BY conname) FROM pg_constraint k WHERE conrelid = c.oid),
            (SELECT string_agg(pg_get_triggerdef(t.oid) || tgenabled::text, ',' ORDER BY tgname) FROM pg_trigger t WHERE tgrelid = c.oid AND NOT tgisinternal),
            (SELECT string_agg(polname || pg_get_expr(polqual, polrelid) || obj_description(p.oid), ',' ORDER BY polname) FROM pg_policy p WHERE polrelid = c.oid),
            (SELECT string_agg(pg_get_statisticsobjdef(s.oid), ',') FROM pg_statistic_ext s WHERE stxrelid = c.oid),
            (SELECT string_agg(concat_ws(' ', s.schemaname, s.sequencename, s.start_value, s.last_value), ',' ORDER BY sequencename) FROM pg_depend d JOIN pg_class q ON q.oid = d.objid
                JOIN pg_sequences s ON s.sequencename = q.relname AND s.schemaname = nspname WHERE refobjid = c.oid AND refobjsubid > 0 AND q.relkind = 'S'),
            relrowsecurity, relacl, obj_description(c.oid, 'pg_class'))
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = '{0}'::regclass
        """;

    private const string Rest =
        """
        SELECT string_agg(concat_ws(' ', c.oid, nspname, relname, relkind, relfilenode, relacl), ',' ORDER BY nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN ('shop', 'public') AND relname NOT LIKE 'orders%'
        """;

    [EachServer("What belongs to a table is read from the server's catalogs.")]
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_live_table_is_replaced_with_all_that_belongs_to_it_and_nothing_else_moves(bool copies)
    {
        await ExecuteAsync(Sql);
        await TargetAsync(Sql + "; CREATE TABLE shop.mine AS SELECT 1 AS one; CREATE VIEW public.named AS SELECT name FROM shop.customers; DELETE FROM shop.lines WHERE id > 100;"
            + "DELETE FROM shop.orders WHERE id > 100; UPDATE shop.orders SET total = 0; DROP INDEX shop.orders_half; ALTER TABLE shop.orders ADD odd integer; SELECT nextval('shop.numbers')");
        string rest = await TargetAsync<string>(Rest);
        string lines = await TargetAsync<string>(Of("shop.lines"));
        string customers = await TargetAsync<string>("SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM shop.customers c");
        long number = await TargetAsync<long>("SELECT last_value FROM shop.numbers");
        if (!copies)
            await ExportAsync(Session, new() { Path = Folder });
        foreach (bool again in new[] { false, true })
        {
            RestoreResult result = copies ? (await CopyAsync(new() { Table = ["shop.ord*"] })).Result : await ImportAsync(new() { Table = ["shop.ord*"] });
            Assert.Equal("shop.orders", Assert.Single(result.Tables).Table);
            Assert.Equal(500, result.Rows);
            Assert.Equal(await ScalarAsync<string>(Orders), await TargetAsync<string>(Orders));
            Assert.Equal(await ScalarAsync<string>(Of("shop.orders")), await TargetAsync<string>(Of("shop.orders")));
            Assert.Equal(rest, await TargetAsync<string>(Rest));
            Assert.Equal(lines, await TargetAsync<string>(Of("shop.lines")));
            Assert.Equal(customers, await TargetAsync<string>("SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM shop.customers c"));
            Assert.Equal(number, await TargetAsync<long>("SELECT last_value FROM shop.numbers"));
            Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname ~ '__(stg|keep|old|hold)_'"));
        }

        // Both foreign keys act.
        await TargetAsync("DELETE FROM shop.lines WHERE id % 50 = 49; DELETE FROM shop.customers WHERE id = 50");
        Assert.Equal(490, await TargetAsync<long>("SELECT count(*) FROM shop.orders"));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => TargetAsync("DELETE FROM shop.orders WHERE id = 1"));
    }

    [Fact]
    public async Task What_is_needed_and_missing_comes_along_and_what_is_there_is_kept_where_it_is_the_same()
    {
        await ExecuteAsync(Sql);
        await ExportAsync(Session, new() { Path = Folder });
        await TargetAsync("CREATE SCHEMA shop; CREATE TYPE shop.state AS ENUM ('new', 'paid'); CREATE TABLE shop.mine AS SELECT 1 AS one");
        string mine = await TargetAsync<string>(Rest);
        uint type = await TargetAsync<uint>("SELECT 'shop.state'::regtype::oid");
        RestoreResult result = await ImportAsync(new() { Table = ["shop.orders"] });
        Assert.Contains(result.Left, line => line.Contains("orders_customer", StringComparison.Ordinal));
        Assert.Equal(await ScalarAsync<string>(Orders), await TargetAsync<string>(Orders));
        Assert.Equal(600, await TargetAsync<long>("SELECT nextval('shop.numbers')"));
        Assert.Contains(mine, await TargetAsync<string>(Rest), StringComparison.Ordinal);
        Assert.Equal(type, await TargetAsync<uint>("SELECT atttypid FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attname = 'state'"));
        Assert.Equal("none", await TargetAsync<string>("INSERT INTO shop.orders (customer, state) VALUES (1, 'new') RETURNING note"));
        // The other table of the foreign key is there next time, and the same sequence goes on.
        await ImportAsync(new() { Table = ["customers", "orders", "lines"] });
        Assert.Equal(await ScalarAsync<string>(Of("shop.orders")), await TargetAsync<string>(Of("shop.orders")));
        Assert.Equal(602, await TargetAsync<long>("SELECT nextval('shop.numbers')"));

        await TargetAsync("DROP TABLE shop.orders CASCADE; ALTER TYPE shop.state ADD VALUE 'lost'");
        await AssertRefusedAsync(new() { Table = ["orders"] }, "shop.state");
        Assert.True(await TargetAsync<bool>("SELECT to_regclass('shop.orders') IS NULL"));
    }

    [Fact]
    public async Task What_needs_a_replaced_table_is_named_before_anything_moves()
    {
        await ExecuteAsync(Sql + "; CREATE VIEW shop.paid AS SELECT id FROM shop.orders");
        await ExportAsync(Session, new() { Path = Folder });
        await TargetAsync(Sql + "; CREATE VIEW shop.paid AS SELECT id, 1 AS more FROM shop.orders; CREATE FUNCTION public.first(shop.orders) RETURNS bigint LANGUAGE sql RETURN $1.id");
        uint oid = await TargetAsync<uint>("SELECT 'shop.orders'::regclass::oid");
        await AssertRefusedAsync(new() { Table = ["orders"] }, "view shop.paid");
        await AssertRefusedAsync(new() { Table = ["orders", "paid"] }, "first(shop.orders)");
        Assert.Equal(oid, await TargetAsync<uint>("SELECT 'shop.orders'::regclass::oid"));
        await TargetAsync("DROP FUNCTION public.first");
        RestoreResult result = await ImportAsync(new() { Table = ["orders", "paid"], KeepPrevious = true });
        Assert.Equal(500, await TargetAsync<long>("SELECT count(*) FROM (SELECT * FROM shop.paid) AS p (id)"));
        Assert.Equal(500, await TargetAsync<long>($"SELECT count(*) FROM {TableName.Quote(Assert.Single(result.Previous))}.orders"));
        LakebaseException unknown = await Assert.ThrowsAsync<LakebaseException>(() => ImportAsync(new() { Table = ["shop.order"] }));
        Assert.Equal(ErrorIds.ObjectNotFound, unknown.Error.Id);
        Assert.Contains("shop.orders", unknown.Error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_schemas_and_free_places_get_chosen_tables_beside_what_they_hold()
    {
        await ExecuteAsync(Sql);
        await ExportAsync(Session, new() { Path = Folder });
        await TargetAsync("CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 42 AS old; CREATE SCHEMA store; CREATE TYPE store.state AS ENUM ('new', 'paid');"
            + "CREATE TABLE store.customers (id integer PRIMARY KEY, name text NOT NULL); INSERT INTO store.customers SELECT g, g FROM generate_series(1, 50) g");
        ImportDumpOptions mapped = new() { Table = ["orders"], SchemaMap = new Dictionary<string, string> { ["shop"] = "store" } };
        foreach (bool again in new[] { false, true })
        {
            await ImportAsync(mapped);
            Assert.Equal(await ScalarAsync<string>(Orders), await TargetAsync<string>(Orders.Replace("shop.", "store.", StringComparison.Ordinal)));
            Assert.Equal(
                (await ScalarAsync<string>(Of("shop.orders"))).Replace("shop", "store", StringComparison.Ordinal), await TargetAsync<string>(Of("store.orders")));
            Assert.Equal(42, await TargetAsync<int>("SELECT old FROM shop.orders"));
        }

        await AssertRefusedAsync(new() { Table = ["orders"], InPlace = true }, "shop.orders");
        await TargetAsync("DROP TABLE shop.orders; CREATE TABLE shop.mine AS SELECT 1 AS one");
        await ImportAsync(new() { Table = ["orders", "customers"], InPlace = true });
        Assert.Equal(await ScalarAsync<string>(Of("shop.orders")), await TargetAsync<string>(Of("shop.orders")));
        Assert.Equal(1, await TargetAsync<int>("SELECT one FROM shop.mine"));
    }

    [EachServer("What a partition has of its parent is read from the server's catalogs.")]
    [Fact]
    public async Task A_parent_brings_its_partitions_and_a_partition_alone_is_refused_where_it_has_a_parent()
    {
        await ExecuteAsync("""
            CREATE TABLE days (day date, n integer, PRIMARY KEY (day, n)) PARTITION BY RANGE (day); CREATE TABLE other (n integer);
            CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
            INSERT INTO days SELECT '2026-01-01'::date + g % 59, g FROM generate_series(1, 1000) g
            """);
        await CopyAsync();
        await TargetAsync("INSERT INTO other VALUES (1); DELETE FROM days WHERE n > 10");
        RestoreResult result = (await CopyAsync(new() { Table = ["days"] })).Result;
        Assert.Equal(2, result.Tables.Count);
        Assert.Equal(1000, await TargetAsync<long>("SELECT count(*) FROM days"));
        Assert.Equal(1, await TargetAsync<int>("SELECT n FROM other"));
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => CopyAsync(new() { Table = ["days_1"] }));
        Assert.Contains("part of", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_keep_no_foreign_key_are_told_and_the_plan_tells_what_moves()
    {
        await ExecuteAsync(Sql);
        await TargetAsync(Sql);
        await ExecuteAsync("DELETE FROM shop.lines WHERE id < 10; DELETE FROM shop.orders WHERE id < 10");
        CopyDatabaseOptions options = new() { Table = ["shop.orders"] };
        string plan = string.Join('\n', (await new CopyDatabaseOperation(Session, options) { Source = Target }.DescribeAsync(Cancel)).Steps);
        Assert.Contains("Replaced: shop.orders", plan, StringComparison.Ordinal);
        Assert.Contains("type shop.state", plan, StringComparison.Ordinal);
        Assert.Contains("lines_order of shop.lines", plan, StringComparison.Ordinal);
        (_, RecordingSink sink) = await CopyAsync(options);
        Assert.Contains("lines_order", Assert.Single(sink.Warnings), StringComparison.Ordinal);
        Assert.False(await TargetAsync<bool>("SELECT convalidated FROM pg_constraint WHERE conname = 'lines_order'"));
        Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM lakebase_ops.restore_step WHERE step LIKE 'due %'"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Broken_off_it_leaves_the_live_tables_and_the_same_call_goes_on(bool inPlace)
    {
        await ExecuteAsync(Sql + "; CREATE TABLE shop.part (id integer) INHERITS (shop.customers)");
        await ExportAsync(Session, new() { Path = Folder });
        await TargetAsync(inPlace ? "CREATE SCHEMA shop; CREATE TABLE shop.mine AS SELECT 1 AS one" : Sql);
        await using FolderSource folder = await FolderSource.OpenAsync(DumpStore.Of(Folder), Cancel);
        // The parent comes along with its child where it is missing.
        ImportDumpOptions options = new() { Table = inPlace ? ["part", "orders"] : ["orders", "lines"], InPlace = inPlace, ThrottleLimit = 1 };
        string before = await TargetAsync<string>(Rest);
        BrokenSource source = new(folder);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(source, options));
        if (!inPlace)
            Assert.Equal(before, await TargetAsync<string>(Rest));
        RestoreResult result = await RunAsync(source, options);
        Assert.True(result.IsResumed);
        Assert.Equal(await ScalarAsync<string>(Orders), await TargetAsync<string>(Orders));
        Assert.Equal(await ScalarAsync<string>(Of("shop.orders")), await TargetAsync<string>(Of("shop.orders")));
        Assert.Equal(50, await TargetAsync<long>("SELECT count(*) FROM shop.customers"));
    }

    private async Task<RestoreResult> RunAsync(IDumpSource source, RestoreOptions options)
    {
        await using Restore restore = new(new RestoreRequest(source, options), Target, new RecordingSink());
        return await restore.RunAsync(Cancel);
    }

    private static string Of(string table) => Definition.Replace("{0}", table, StringComparison.Ordinal);

    private async Task AssertRefusedAsync(ImportDumpOptions options, string says)
    {
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => ImportAsync(options));
        Assert.Equal(ErrorIds.RestoreNotPossible, refused.Error.Id);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A source that fails once, at its second piece.</summary>
    private sealed class BrokenSource(IDumpSource inner) : IDumpSource
    {
        private int _opened;

        public string Id => inner.Id;

        public DumpOrigin Origin => inner.Origin;

        public DatabaseDefinition Definition => inner.Definition;

        public IReadOnlyList<DumpChunk> Chunks(DumpTable table) => inner.Chunks(table);

        public Task<Stream> OpenAsync(DumpTable table, DumpChunk chunk, CancellationToken cancellationToken) =>
            Interlocked.Increment(ref _opened) == 2 ? throw new InvalidOperationException("broken off") : inner.OpenAsync(table, chunk, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
