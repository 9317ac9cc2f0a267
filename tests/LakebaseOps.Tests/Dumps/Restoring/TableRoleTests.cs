namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>To whom chosen tables belong after their restore, and who may use them.</summary>
public sealed class TableRoleTests(PostgresServer server) : RestoreTest(server)
{
    private const string Sql =
        """
        CREATE SCHEMA shop;
        CREATE TABLE shop.customers (id serial PRIMARY KEY, name text NOT NULL);
        CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer NOT NULL REFERENCES shop.customers, note text);
        ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY known ON shop.orders USING (EXISTS (SELECT FROM shop.customers c WHERE c.id = customer));
        GRANT SELECT ON shop.orders TO PUBLIC;
        INSERT INTO shop.customers (name) SELECT 'c' || g FROM generate_series(1, 5) g;
        INSERT INTO shop.orders (customer) SELECT 1 + g % 5 FROM generate_series(1, 50) g;
        """;

    [Fact]
    public async Task Chosen_tables_are_given_to_other_roles_or_to_none_and_all_else_keeps_its_own()
    {
        string here = $"r{Guid.NewGuid():N}";
        string there = $"Role {Guid.NewGuid():N}";
        const string Facts =
            """
            SELECT string_agg(concat_ws(' ', relname, pg_get_userbyid(relowner), coalesce(relacl::text, '-'), (SELECT string_agg(r::regrole::text, ',' ORDER BY polname DESC) FROM pg_policy, unnest(polroles) r WHERE polrelid = c.oid)),
                E'\n' ORDER BY relname) FROM pg_class c WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'S') AND relname ~ '^(orders|customers)'
            """;
        await ExecuteAsync($"""
            CREATE ROLE {here}; CREATE ROLE {here}_reads; {Sql}; ALTER TABLE shop.orders OWNER TO {here}; GRANT UPDATE (note) ON shop.orders TO {here}_reads; GRANT USAGE ON SEQUENCE shop.orders_id_seq TO {here}_reads;
            ALTER TABLE shop.customers OWNER TO {here}; CREATE POLICY his ON shop.orders TO {here} USING (true)
            """);
        try
        {
            await TargetAsync(Sql);
            string before = await TargetAsync<string>(Facts);
            await ExportAsync(Session, new() { Path = Folder });
            ImportDumpOptions mapped = new() { Table = ["shop.orders"], RoleMap = new Dictionary<string, string> { [here] = there, [$"{here}_reads"] = "pg_monitor" } };
            LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => ImportAsync(mapped));
            Assert.Contains(there, refused.Error.Message, StringComparison.Ordinal);
            Assert.Equal(before, await TargetAsync<string>(Facts));
            await ExecuteAsync($"CREATE ROLE {TableName.Quote(there)}");
            await ImportAsync(mapped);
            string[] facts = (await TargetAsync<string>(Facts)).Split('\n');
            Assert.Equal(before.Split('\n')[..2], facts[..2]);
            Assert.StartsWith($"orders {there} ", facts[2], StringComparison.Ordinal);
            Assert.EndsWith($",{TableName.Quote(there)}", facts[2], StringComparison.Ordinal);
            Assert.StartsWith($"orders_id_seq {there} ", facts[3], StringComparison.Ordinal);
            Assert.Contains("pg_monitor=U/", facts[3], StringComparison.Ordinal);
            Assert.DoesNotContain(here, string.Concat(facts), StringComparison.Ordinal);
            Assert.True(await TargetAsync<bool>("SELECT has_column_privilege('pg_monitor', 'shop.orders', 'note', 'UPDATE') AND has_table_privilege('public', 'shop.orders', 'SELECT')"));

            // What a policy is for has to be said even where nothing is given away.
            await ImportAsync(mapped with { NoOwner = true, NoPrivileges = true });
            facts = (await TargetAsync<string>(Facts)).Split('\n');
            Assert.Equal(before.Split('\n')[..2], facts[..2]);
            Assert.Equal([$"orders {Target.Username} - -,{TableName.Quote(there)}", $"orders_id_seq {Target.Username} -"], facts[2..4]);
        }
        finally
        {
            await TargetAsync("DROP SCHEMA shop CASCADE");
            await ExecuteAsync($"DROP SCHEMA shop CASCADE; DROP ROLE {here}, {here}_reads; DROP ROLE IF EXISTS {TableName.Quote(there)}");
        }
    }
}
