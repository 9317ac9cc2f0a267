using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Definitions;

[EachServer("Definitions are read from the server's catalogs.")]
public sealed class DefinitionTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly string? PgDump = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "pg_dump")).FirstOrDefault(File.Exists);

    private bool HasPgDump => PgDump is not null && Session.ServerVersion.Major <= 15;

    [Fact]
    public async Task What_is_read_from_the_catalog_makes_the_same_database_again()
    {
        await TortureSchema.CreateAsync(Session, Cancel);
        DatabaseDefinition definition = await ReadAsync(Session, DumpMethod.Managed, new DumpSelection());
        Assert.True(definition.Objects.Count > 200, $"{definition.Objects.Count} objects");
        await AssertSameAfterAsync(definition);
    }

    [Fact]
    public async Task What_pg_dump_says_makes_the_same_database_again_and_names_the_same_objects()
    {
        if (!HasPgDump)
            return;
        await TortureSchema.CreateAsync(Session, Cancel);
        DatabaseDefinition definition = await ReadAsync(Session, DumpMethod.PgDump, new DumpSelection());
        DatabaseDefinition managed = await ReadAsync(Session, DumpMethod.Managed, new DumpSelection());
        await AssertSameAfterAsync(definition);
        // Which of pg_dump's entries hold a default or a check is its own choice; of the rest both name the same.
        static IEnumerable<string> Named(DatabaseDefinition read) => read.Objects
            .Where(one => one.Kind is not ("DEFAULT" or "CHECK CONSTRAINT" or "DEFAULT ACL" or "COMMENT" or "ACL" or "SCHEMA" or "PUBLICATION"))
            .Select(one => one.Key).Order(StringComparer.Ordinal);
        Assert.Equal(Named(managed), Named(definition));
        Assert.Equal(managed.Tables.Select(table => table.Table), definition.Tables.Select(table => table.Table));
    }

    [Fact]
    public async Task Whatever_has_no_SQL_here_is_refused_by_name_all_at_once()
    {
        await ExecuteAsync("""
            CREATE FOREIGN DATA WRAPPER wrapped; CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapped;
            CREATE FOREIGN TABLE public.afar (id integer) SERVER elsewhere; CREATE TYPE public.shell; SELECT lo_create(0);
            CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere; CREATE CONVERSION public.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
            CREATE TEXT SEARCH PARSER public.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
            CREATE TEXT SEARCH TEMPLATE public.template (LEXIZE = dsimple_lexize); CREATE LANGUAGE tongue HANDLER plpgsql_call_handler;
            CREATE ACCESS METHOD method TYPE TABLE HANDLER heap_tableam_handler;
            CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
            CREATE OPERATOR CLASS public.class FOR TYPE integer USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(integer, integer);
            CREATE OPERATOR public.### (FUNCTION = int48eq, LEFTARG = integer, RIGHTARG = bigint, COMMUTATOR = OPERATOR(public.#*#));
            CREATE TYPE public.base; CREATE FUNCTION public.base_in(cstring) RETURNS public.base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
            CREATE FUNCTION public.base_out(public.base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
            CREATE TYPE public.base (INPUT = public.base_in, OUTPUT = public.base_out, LIKE = text); CREATE TYPE public.canon;
            CREATE FUNCTION public.canonical(public.canon) RETURNS public.canon LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
            CREATE TYPE public.canon AS RANGE (subtype = integer, canonical = public.canonical, multirange_type_name = public.canons);
            CREATE OPERATOR FAMILY public.family USING btree; CREATE TABLE public.fine (id integer); CREATE SCHEMA apart; CREATE TABLE apart.t ();
            """);
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => ReadAsync(Session, DumpMethod.Managed, new DumpSelection()));
        Assert.Equal(ErrorIds.DumpUnsupported, refused.Error.Id);
        foreach (string name in new[]
        {
            "wrapped", "elsewhere", "public.afar", "public.shell", "1 large object", "public.family", "conversion public.conv", "parser public.parser",
            "template public.template", "language tongue", "access method method", "transform for integer", "class public.class", "public.#*#", "base type public.base",
            "public.canon has a canonical function",
        })
        {
            Assert.Contains(name, refused.Error.Message, StringComparison.Ordinal);
        }

        DatabaseDefinition apart = await ReadAsync(Session, DumpMethod.Managed, new DumpSelection { Schemas = ["apart"] });
        Assert.Equal(["SCHEMA .apart", "TABLE apart.t"], apart.Objects.Select(one => one.Key));
        LakebaseException unknown = await Assert.ThrowsAsync<LakebaseException>(
            () => ReadAsync(Session, DumpMethod.Managed, new DumpSelection { Tables = ["nobody"] }));
        Assert.Equal(ErrorIds.ObjectNotFound, unknown.Error.Id);
    }

    [Fact]
    public async Task A_chosen_table_brings_what_it_needs_and_nothing_else()
    {
        await ExecuteAsync("""
            CREATE SCHEMA types; CREATE TYPE types.mood AS ENUM ('a'); CREATE DOMAIN types.few AS integer CHECK (VALUE < 9);
            CREATE FUNCTION public.now_and_then() RETURNS integer LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION public.now_and_then() IS 'x';
            CREATE TABLE public.other (id integer PRIMARY KEY); CREATE SEQUENCE public.free; CREATE FUNCTION public.unused() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            CREATE TABLE public.chosen (id serial PRIMARY KEY, m types.mood, f types.few DEFAULT public.now_and_then(), o integer REFERENCES public.other, n integer DEFAULT nextval('public.free'));
            CREATE INDEX chosen_m ON public.chosen (m); GRANT SELECT ON public.chosen TO PUBLIC;
            """);
        DatabaseDefinition one = await ReadAsync(Session, DumpMethod.Managed, new DumpSelection { Tables = ["ch?sen"] });
        Assert.Equal(
            [
                "ACL public.TABLE chosen", "COMMENT public.FUNCTION now_and_then()", "CONSTRAINT public.chosen chosen_pkey", "DEFAULT public.chosen f",
                "DEFAULT public.chosen id", "DEFAULT public.chosen n", "DOMAIN types.few", "FUNCTION public.now_and_then()", "INDEX public.chosen_m",
                "SCHEMA .public", "SCHEMA .types", "SEQUENCE OWNED BY public.chosen_id_seq", "SEQUENCE SET public.chosen_id_seq", "SEQUENCE SET public.free",
                "SEQUENCE public.chosen_id_seq", "SEQUENCE public.free", "TABLE public.chosen", "TYPE types.mood",
            ],
            one.Objects.Select(part => part.Key).Order(StringComparer.Ordinal));
        Assert.Equal([new TableName("public", "chosen")], one.Tables.Select(table => table.Table));
        Assert.Contains(one.Left, line => line.Contains("chosen_o_fkey", StringComparison.Ordinal) && line.Contains("public.other", StringComparison.Ordinal));
        await RunAsync(Session, "DROP TABLE public.chosen, public.other; DROP SEQUENCE public.free; DROP FUNCTION public.now_and_then(); DROP SCHEMA types CASCADE");
        await MakeAsync(Session, one);
    }

    /// <summary>Runs the objects in an empty database and compares what pg_dump, or where it is too old the catalog, says of both.</summary>
    private async Task AssertSameAfterAsync(DatabaseDefinition definition)
    {
        await using PostgresSession copy = await Server.CreateDatabaseAsync(nameof(DefinitionTests) + "Copy");
        try
        {
            await MakeAsync(copy, definition);
            if (HasPgDump)
            {
                Assert.Equal(await DumpAsync(Session), await DumpAsync(copy));
            }
            else
            {
                DatabaseDefinition again = await ReadAsync(copy, DumpMethod.Managed, new DumpSelection());
                Assert.Equal(definition.Objects.Select(Told), again.Objects.Select(Told));
            }
        }
        finally
        {
            await Server.RemoveDatabaseAsync(copy.Database);
        }
    }

    private static string Told(DumpObject one) => $"{one.Section} {one.Key}\n{one.Sql}\n{one.OwnerSql}";

    private static async Task MakeAsync(PostgresSession session, DatabaseDefinition definition)
    {
        await using NpgsqlConnection connection = await session.OpenAsync(Cancel);
        await using NpgsqlCommand command = new(DatabaseDefinition.Settings, connection);
        await command.ExecuteNonQueryAsync(Cancel);
        foreach (DumpObject one in definition.Objects)
        {
            try
            {
                await SqlStatements.RunAsync(connection, $"{one.Sql}\n{one.OwnerSql}", Cancel);
            }
            catch (PostgresException refused)
            {
                Assert.Fail($"{one.Key}: {refused.MessageText}\n{one.Sql}");
            }
        }
    }

    private static async Task<DatabaseDefinition> ReadAsync(PostgresSession session, DumpMethod method, DumpSelection selection)
    {
        await using NpgsqlConnection connection = await session.OpenAsync(Cancel);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Cancel);
        await using NpgsqlCommand command = new("SET TRANSACTION READ ONLY; SELECT pg_export_snapshot()", connection);
        string snapshot = (string)(await command.ExecuteScalarAsync(Cancel))!;
        return await DefinitionReaders.Choose(method, session).ReadAsync(connection, snapshot, selection, Cancel);
    }

    private static async Task RunAsync(PostgresSession session, string sql)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<string[]> DumpAsync(PostgresSession session)
    {
        ProcessStartInfo start = new(PgDump!) { RedirectStandardOutput = true };
        NpgsqlConnectionStringBuilder settings = new(Server.ConnectionString(session.Database));
        foreach (string argument in new[] { "-s", "-h", session.Host, "-p", $"{session.Port}", "-U", session.Username, session.Database })
            start.ArgumentList.Add(argument);
        start.Environment["PGPASSWORD"] = settings.Password;
        using Process process = Process.Start(start)!;
        string text = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(0, process.ExitCode);
        return [.. text.Split('\n').Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal))];
    }
}
