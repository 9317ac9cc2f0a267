using LakebaseOps.Dumps.Copying;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>What must not be carried, and what must not be dropped.</summary>
[EachServer("What depends on what is read from the server's catalogs, types that mean something there alone too.")]
public sealed class RestoreSafetyTests(PostgresServer server) : RestoreTest(server)
{
    [Fact]
    public async Task Values_that_mean_something_on_their_server_alone_are_refused_by_name_and_plain_oids_told()
    {
        await ExecuteAsync("""
            CREATE DOMAIN public.some_type AS regtype; CREATE TYPE public.pair AS (n integer, f regprocedure); CREATE TYPE public.pairs AS (list public.pair[]);
            CREATE TABLE public.jobs (id integer, made_for regclass, kinds public.some_type[], nested public.pairs, image oid);
            INSERT INTO public.jobs VALUES (1, 'public.jobs', '{integer}', NULL, 77); CREATE TABLE public.fine (image oid, many oid[]);
            INSERT INTO public.fine VALUES (42, '{43}');
            """);
        foreach (Func<Task> carries in new Func<Task>[] { () => CopyAsync(), () => ExportAsync(Session, new() { Path = Folder }) })
        {
            LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(carries);
            Assert.Equal(ErrorIds.DumpUnsupported, refused.Error.Id);
            foreach (string column in new[] { "public.jobs.made_for", "public.jobs.kinds", "public.jobs.nested" })
                Assert.Contains(column, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("image", refused.Message, StringComparison.Ordinal);
        }

        // As text they are names; yet names that a restore would look up while others still bear them.
        await ExportAsync(Session, new() { Path = Folder, DataFormat = DumpDataFormat.Csv });
        Assert.Equal(ErrorIds.DumpUnsupported, (await Assert.ThrowsAsync<LakebaseException>(() => ImportAsync())).Error.Id);
        await ExecuteAsync("DROP TABLE public.jobs");
        (RestoreResult copied, RecordingSink sink) = await CopyAsync();
        Assert.Equal(1, copied.Rows);
        Assert.Contains("public.fine.image, public.fine.many", Assert.Single(sink.Warnings), StringComparison.Ordinal);
        Assert.Equal("42{43}", await TargetAsync<string>("SELECT image::text || many::text FROM public.fine"));
    }

    [Fact]
    public async Task Nothing_that_a_restore_has_no_successor_for_goes_with_the_schema_it_lies_in()
    {
        await ExecuteAsync("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int, m mood); INSERT INTO t VALUES (1, 'a'); CREATE TABLE other (id int); CREATE VIEW v AS SELECT id FROM t");
        await ExportAsync(Session, new() { Path = Folder, Table = ["t"] });
        await TargetAsync(
            """
            CREATE TABLE t (id int); CREATE TABLE "mine, too" (id int GENERATED ALWAYS AS IDENTITY); INSERT INTO "mine, too" DEFAULT VALUES; CREATE SEQUENCE numbers;
            CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE colour AS ENUM ('red')
            """);
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => ImportAsync());
        Assert.Equal(ErrorIds.RestoreNotPossible, refused.Error.Id);
        foreach (string lost in new[] { "\"mine, too\"", "numbers", "mine()", "colour" })
            Assert.Contains(lost, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("table, view or sequence t;", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM t"));
        RestoreResult kept = await ImportAsync(new ImportDumpOptions { KeepPrevious = true });
        Assert.Equal(1, await TargetAsync<long>("SELECT count(*) FROM t"));
        Assert.Equal(1, await TargetAsync<long>($"SELECT count(*) FROM {TableName.Quote(Assert.Single(kept.Previous))}.\"mine, too\""));
        // What is all there again is replaced without ado.
        await ImportAsync();
        await CopyAsync();
        Assert.Equal(1, await TargetAsync<long>("SELECT count(*) FROM v"));
    }

    [Fact]
    public async Task What_was_replaced_stays_where_somebody_has_put_it_to_use_meanwhile()
    {
        await ExecuteAsync("CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (id integer PRIMARY KEY); CREATE TABLE two.t (id integer REFERENCES one.t)");
        await CopyAsync();
        await TargetAsync("""
            CREATE SCHEMA strange;
            CREATE FUNCTION strange.use() RETURNS event_trigger LANGUAGE plpgsql AS $$
            DECLARE place text := (SELECT nspname FROM pg_namespace WHERE nspname LIKE 'one\_\_old\_%');
            BEGIN
                IF place IS NOT NULL AND to_regclass('strange.v') IS NULL THEN EXECUTE format('CREATE VIEW strange.v AS SELECT id FROM %I.t', place); END IF;
            END $$;
            CREATE EVENT TRIGGER use ON ddl_command_end WHEN TAG IN ('ALTER SCHEMA') EXECUTE FUNCTION strange.use();
            """);
        (RestoreResult again, RecordingSink sink) = await CopyAsync(new CopyDatabaseOptions { Schema = ["one", "two"] });
        string kept = Assert.Single(again.Previous);
        Assert.StartsWith("one__old_", kept, StringComparison.Ordinal);
        Assert.Contains(sink.Warnings, warning => warning.Contains(kept, StringComparison.Ordinal) && warning.Contains("view strange.v", StringComparison.Ordinal));
        Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM strange.v"));
        Assert.Equal(0, await TargetAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'two\\_\\_old%'"));
    }

    [Fact]
    public async Task What_somebody_is_making_in_a_schema_while_it_is_replaced_is_kept()
    {
        await ExecuteAsync("CREATE SCHEMA shop; CREATE TABLE shop.t (id integer PRIMARY KEY); INSERT INTO shop.t VALUES (1)");
        await CopyAsync();
        await using NpgsqlConnection stranger = await Target.OpenAsync(Cancel);
        await using NpgsqlTransaction open = await stranger.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand make = new("CREATE TABLE shop.mine AS SELECT 7 AS id", stranger))
            await make.ExecuteNonQueryAsync(Cancel);
        // Committed when the swap has looked at what there is, and before what was replaced is dropped.
        RecordingSink sink = new()
        {
            OnProgress = one =>
            {
                if (one.Status.StartsWith("removal", StringComparison.Ordinal))
                    open.Commit();
            },
        };
        await new CopyDatabaseOperation(Session, new()) { Source = Target }.RunAsync(sink, Cancel);
        RestoreResult result = Assert.Single(sink.Of<RestoreResult>());
        string kept = Assert.Single(result.Previous, name => name.StartsWith("shop__old_", StringComparison.Ordinal));
        Assert.Equal(7, await TargetAsync<int>($"SELECT id FROM {kept}.mine"));
        Assert.Equal(1, await TargetAsync<int>("SELECT id FROM shop.t"));
        Assert.Contains(sink.Warnings, warning => warning.Contains("mine", StringComparison.Ordinal) && warning.Contains(kept, StringComparison.Ordinal));
    }
}
