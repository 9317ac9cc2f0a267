using LakebaseOps.Dumps.Copying;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>What the parameters of a restore change.</summary>
public sealed class RestoreOptionTests(PostgresServer server) : RestoreTest(server)
{
    [Fact]
    public async Task Other_names_of_schemas_are_checked_and_bodies_that_keep_the_old_ones_told()
    {
        await ExecuteAsync("""
            CREATE SCHEMA shop; CREATE TABLE shop.t (id integer); INSERT INTO shop.t VALUES (1); CREATE SCHEMA side;
            CREATE FUNCTION shop.body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM "shop".t';
            CREATE FUNCTION side.path() RETURNS integer LANGUAGE sql SET search_path = shop AS 'SELECT 1';
            CREATE FUNCTION shop.parsed(n integer) RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM shop.t);
            CREATE FUNCTION shop.other(shop.t) RETURNS text LANGUAGE sql AS $$SELECT 'workshop'$$;
            """);
        (_, RecordingSink sink) = await CopyAsync(Mapped(("shop", "store")));
        Assert.EndsWith("another name: shop.body(), side.path().", Assert.Single(sink.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, await TargetAsync<long>("SELECT store.parsed(NULL)"));
        await AssertRefusedAsync(Mapped(("shp", "store")), "shp");
        await AssertRefusedAsync(Mapped(("shop", "side")), "shop and side as side");
        await AssertRefusedAsync(Mapped(("shop", "store")) with { InPlace = true }, "-SchemaMap");
        static CopyDatabaseOptions Mapped((string Old, string New) pair) => new() { SchemaMap = new Dictionary<string, string> { [pair.Old] = pair.New } };
    }

    [Fact]
    public async Task In_place_needs_free_names_and_leaves_what_else_there_is()
    {
        await ExecuteAsync("CREATE SCHEMA shop; CREATE TABLE shop.t (id integer PRIMARY KEY); INSERT INTO shop.t VALUES (1); CREATE VIEW shop.v AS SELECT id FROM shop.t");
        await TargetAsync("CREATE SCHEMA shop; CREATE TABLE shop.own AS SELECT 7 AS id; CREATE TABLE shop.v (n integer)");
        await AssertRefusedAsync(new() { InPlace = true }, "shop.v");
        Assert.True(await TargetAsync<bool>("SELECT to_regclass('shop.t') IS NULL"));
        await TargetAsync("DROP TABLE shop.v");
        await CopyAsync(new() { InPlace = true });
        Assert.Equal(8, await TargetAsync<int>("SELECT own.id + v.id FROM shop.own, shop.v"));
        await AssertRefusedAsync(new() { InPlace = true }, "shop.t");
    }

    [EachServer("From 17 on there is a privilege more, MAINTAIN.")]
    [Fact]
    public async Task Owners_and_privileges_are_given_to_other_roles_or_to_none()
    {
        string here = $"r{Guid.NewGuid():N}";
        string there = $"Role {Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {here}; CREATE SCHEMA shop; CREATE TABLE shop.t (id integer); ALTER TABLE shop.t OWNER TO {here}; GRANT SELECT ON shop.t TO {here}, PUBLIC");
        const string Facts = "SELECT pg_get_userbyid(relowner) || coalesce(relacl::text, ' -') FROM pg_class WHERE oid = 'shop.t'::regclass";
        CopyDatabaseOptions mapped = new() { RoleMap = new Dictionary<string, string> { [here] = there } };
        try
        {
            await AssertRefusedAsync(mapped, there);
            await ExecuteAsync($"CREATE ROLE {TableName.Quote(there)}");
            await CopyAsync(mapped);
            string facts = await TargetAsync<string>(Facts);
            Assert.StartsWith(there, facts, StringComparison.Ordinal);
            Assert.Contains("=r/", facts, StringComparison.Ordinal);
            Assert.DoesNotContain(here, facts, StringComparison.Ordinal);
            await CopyAsync(new() { NoOwner = true, NoPrivileges = true });
            Assert.Equal($"{Target.Username} -", await TargetAsync<string>(Facts));
        }
        finally
        {
            await ExecuteAsync($"DROP OWNED BY {here}; DROP ROLE {here}");
            await TargetAsync($"DROP ROLE IF EXISTS {TableName.Quote(there)}");
        }
    }

    private async Task AssertRefusedAsync(CopyDatabaseOptions options, string says)
    {
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => CopyAsync(options));
        Assert.Equal(ErrorIds.RestoreNotPossible, refused.Error.Id);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }
}
