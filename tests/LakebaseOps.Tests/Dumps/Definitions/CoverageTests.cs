using LakebaseOps.Connections;
using LakebaseOps.Tests.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Definitions;

/// <summary>Whatever a catalog of the server can hold is carried, refused or told by name.</summary>
[EachServer("Each version has catalogs of its own.")]
public sealed class CoverageTests(PostgresServer server) : RestoreTest(server)
{
    /// <summary>Every catalog that was thought of; each is carried (TortureTests), refused (DefinitionTests), listed (here) or says nothing about a definition.</summary>
    private const string Catalogs =
        """
        pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_authid pg_cast pg_class pg_collation pg_constraint pg_conversion pg_database
        pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table
        pg_index pg_inherits pg_init_privs pg_language pg_largeobject pg_largeobject_metadata pg_namespace pg_opclass pg_operator pg_opfamily pg_parameter_acl
        pg_partitioned_table pg_policy pg_proc pg_publication pg_publication_namespace pg_publication_rel pg_range pg_replication_origin pg_rewrite pg_seclabel
        pg_sequence pg_shdepend pg_shdescription pg_shseclabel pg_statistic pg_statistic_ext pg_statistic_ext_data pg_subscription pg_subscription_rel pg_tablespace
        pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping
        """;

    [Fact]
    public async Task No_catalog_of_the_server_is_unknown() => Assert.Empty(
        (await ScalarAsync<string[]>("SELECT array_agg(relname::text) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'"))
            .Except(Catalogs.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public async Task Nothing_is_listed_where_all_is_carried()
    {
        await ExecuteAsync("CREATE TABLE a (id integer PRIMARY KEY)");
        Assert.Empty((await ExportAsync(Session, new() { Path = Path.Combine(Folder, "one") })).Result.Left);
        // The database that every server begins with has a comment of the server.
        await using PostgresSession first = await SessionFactory.ConnectAsync(Server.Options with { Database = "postgres", Name = "first" }, Cancel);
        Assert.DoesNotContain("comment of the database", (await ExportAsync(first, new() { Path = Path.Combine(Folder, "first") })).Result.Left);
    }

    [Fact]
    public async Task What_is_not_carried_on_purpose_is_listed_by_name_and_keeps_nothing_else_from_being_carried()
    {
        string database = TableName.Quote(Session.Database);
        await ExecuteAsync($"""
            CREATE TABLE a (id integer PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b (a integer CONSTRAINT b_fkey REFERENCES a); INSERT INTO b VALUES (1);
            ALTER TABLE b DISABLE TRIGGER ALL; COMMENT ON DATABASE {database} IS 'ours'; GRANT CONNECT ON DATABASE {database} TO pg_monitor;
            ALTER DATABASE {database} SET geqo = off; CREATE PUBLICATION news FOR TABLE a; COMMENT ON PUBLICATION news IS 'of a';
            CREATE SUBSCRIPTION "{Session.Database}_sub" CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE);
            REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC; CREATE FUNCTION pg_catalog.smuggled() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            CREATE EXTENSION btree_gist; CREATE FUNCTION depends() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION depends() DEPENDS ON EXTENSION btree_gist;
            CREATE FUNCTION compare(integer, numeric) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
            ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD FUNCTION 1 (integer, numeric) compare(integer, numeric);
            ALTER TEXT SEARCH CONFIGURATION pg_catalog.russian ALTER MAPPING FOR word WITH english_stem;
            ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple DROP MAPPING FOR url; ALTER TEXT SEARCH CONFIGURATION pg_catalog.danish ADD MAPPING FOR tag WITH simple;
            """);
        string[] told =
        [
            "comment of the database", "privileges of the database", "settings of the database and of roles in it: geqo", "publication news", $"subscription {Session.Database}_sub",
            "state of the triggers that enforce constraint b_fkey of public.b", "pg_sleep(double precision)", "smuggled(): it lies in schema pg_catalog", "members of extension btree_gist",
            "operator family integer_ops", "mappings of text search configurations of the server: danish, russian, simple",
        ];
        try
        {
            (DumpResult dump, _) = await ExportAsync(Session, new() { Path = Folder });
            RestoreResult restored = await ImportAsync();
            foreach (string name in told)
            {
                Assert.Contains(name, string.Join('\n', dump.Left), StringComparison.Ordinal);
                Assert.Contains(name, string.Join('\n', restored.Left), StringComparison.Ordinal);
            }

            Assert.Contains(dump.Left, line => line.StartsWith("dependence of function", StringComparison.Ordinal));
            Assert.Equal(1, await TargetAsync<long>("SELECT count(*) FROM a JOIN b ON b.a = a.id"));
        }
        finally
        {
            await ExecuteAsync($"DROP SUBSCRIPTION IF EXISTS \"{Session.Database}_sub\"; ALTER DATABASE {database} RESET ALL");
        }
    }
}
