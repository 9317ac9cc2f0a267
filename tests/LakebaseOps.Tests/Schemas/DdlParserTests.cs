using LakebaseOps.Schemas;

namespace LakebaseOps.Tests.Schemas;

public sealed class DdlParserTests
{
    [Fact]
    public void A_table_with_everything_is_understood()
    {
        TableDefinition table = Assert.Single(DdlParser.Parse(""""
            -- the orders; not CREATE TABLE other
            /* nested /* comments */ are one */
            CREATE TABLE IF NOT EXISTS Shop."Orders; all" (
                Id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10) PRIMARY KEY,
                "Customer ""x""" varchar(40) COLLATE "C" NOT NULL DEFAULT E'it\'s',
                Amount DECIMAL(18, 2) DEFAULT (1 + 2) * 3 CHECK (amount >= 0 AND note <> ')'),
                created TIMESTAMP(3) WITH TIME ZONE DEFAULT now() NOT NULL,
                note text DEFAULT $q$a, 'b') $q$ NULL,
                tags text[][] DEFAULT '{}'::text[],
                doubled double precision GENERATED ALWAYS AS (amount::float8 * 2) STORED,
                CONSTRAINT "one of" UNIQUE NULLS NOT DISTINCT (id, "Customer ""x""") INCLUDE (note) WITH (fillfactor = 80),
                FOREIGN KEY (note) REFERENCES notes (text) ON DELETE SET NULL ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED
            ) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
            CREATE UNIQUE INDEX ON shop."Orders; all" USING btree (Amount DESC NULLS LAST, lower(note), Created) INCLUDE (id) WHERE amount > 5;
            COMMENT ON TABLE shop."Orders; all" IS 'all '
                'orders';
            COMMENT ON COLUMN shop."Orders; all"."Customer ""x""" IS U&'\00e4\+01F600';
            ALTER TABLE ONLY shop."Orders; all" ADD CONSTRAINT positive CHECK (id > 0);
            """").Tables);

        Assert.Equal(new TableName("shop", "Orders; all"), table.Name);
        Assert.Equal(
            ["id bigint", "Customer \"x\" character varying(40)", "amount numeric(18,2)", "created timestamp(3) with time zone",
                "note text", "tags text[]", "doubled double precision"],
            table.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(
            [null, "E'it\\'s'", "(1 + 2) * 3", "now()", "$q$a, 'b') $q$", "'{}'::text[]", "amount::float8 * 2"],
            table.Columns.Select(column => column.Default));
        Assert.Equal([true, true, false, true, false, false, false], table.Columns.Select(column => column.NotNull));
        Assert.True(table.Columns[0] is { Identity: "a", IdentityOptions: "START WITH 10" });
        Assert.True(table.Columns[1] is { Collation: "\"C\"", Comment: "ä😀" });
        Assert.True(table.Columns[6] is { IsGenerated: true, IsVirtual: false });
        Assert.Equal(["id"], table.PrimaryKey!.Keys);
        Assert.Equal(["id", "\"Customer \"\"x\"\"\""], table.Indexes[1].Keys);
        Assert.True(table.Indexes[1] is { Name: "one of", Constraint: "one of", NullsNotDistinct: true, Include: ["note"] });
        Assert.Equal(["Amount DESC NULLS LAST", "lower(note)", "created"], table.Indexes[2].Keys);
        Assert.True(table.Indexes[2] is { Name: "", Constraint: null, IsUnique: true, Include: ["id"], Predicate: "amount > 5" });
        Assert.Equal(
            [
                "PRIMARY KEY (id)",
                "CHECK (amount >= 0 AND note <> ')')",
                "UNIQUE NULLS NOT DISTINCT (id, \"Customer \"\"x\"\"\") INCLUDE (note) WITH (\"fillfactor\" = '80')",
                "FOREIGN KEY (note) REFERENCES \"public\".\"notes\" (\"text\") ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
                "CHECK (id > 0)",
            ],
            table.Constraints.Select(constraint => constraint.Definition));
        Assert.Equal(["fillfactor=70", "toast.autovacuum_enabled=off"], table.StorageSettings);
        Assert.Equal("all orders", table.Comment);
    }

    [Theory]
    [InlineData("INT", "integer")]
    [InlineData("int2", "smallint")]
    [InlineData("pg_catalog.int8", "bigint")]
    [InlineData("\"int4\"", "integer")]
    [InlineData("float", "double precision")]
    [InlineData("float(24)", "real")]
    [InlineData("numeric(5)", "numeric(5)")]
    [InlineData("numeric(3,-2)", "numeric(3,-2)")]
    [InlineData("char", "character(1)")]
    [InlineData("\"char\"", "\"char\"")]
    [InlineData("national character varying (7)", "character varying(7)")]
    [InlineData("bit varying(3)", "bit varying(3)")]
    [InlineData("time with time zone", "time with time zone")]
    [InlineData("timestamp (0)", "timestamp(0) without time zone")]
    [InlineData("timestamptz(6)", "timestamp(6) with time zone")]
    [InlineData("interval day to second(3)", "interval day to second(3)")]
    [InlineData("int array", "integer[]")]
    [InlineData("uuid[3][]", "uuid[]")]
    [InlineData("my.\"Type\"", "my.\"Type\"")]
    public void Types_are_written_as_the_catalog_writes_them(string written, string expected) => Assert.Equal(
        expected, DdlParser.Parse($"CREATE TABLE t (a {written})").Tables[0].Columns[0].Type);

    [Fact]
    public void Names_fold_as_in_sql_and_default_to_the_given_schema()
    {
        TableDefinition table = DdlParser.Parse("create table ÄÖ_Tab (ÄB int, \"Ab\" int, U&\"d\\0061t\" int)", null, "My Schema").Tables[0];
        Assert.Equal(new TableName("My Schema", "ÄÖ_tab"), table.Name);
        Assert.Equal(["Äb", "Ab", "dat"], table.Columns.Select(column => column.Name));
    }

    [Theory]
    [InlineData("CREATE VIEW v AS SELECT 1", ErrorIds.DdlNotSupported, 1, 8)]
    [InlineData("DROP TABLE t", ErrorIds.DdlNotSupported, 1, 1)]
    [InlineData("create table t (a int);\n\n  select 1", ErrorIds.DdlNotSupported, 3, 3)]
    [InlineData("CREATE TABLE t (a int) TABLESPACE fast", ErrorIds.DdlNotSupported, 1, 24)]
    [InlineData("CREATE TABLE t (a int) PARTITION BY LIST (a)", ErrorIds.DdlNotSupported, 1, 24)]
    [InlineData("CREATE TABLE t (LIKE other)", ErrorIds.DdlNotSupported, 1, 17)]
    [InlineData("CREATE TABLE t AS SELECT 1", ErrorIds.DdlNotSupported, 1, 16)]
    [InlineData("CREATE TEMP TABLE t (a int)", ErrorIds.DdlNotSupported, 1, 8)]
    [InlineData("CREATE TABLE t (\r\n\ta serial)", ErrorIds.DdlNotSupported, 2, 4)]
    [InlineData("CREATE TABLE t (a int STORAGE main)", ErrorIds.DdlNotSupported, 1, 23)]
    [InlineData("CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =))", ErrorIds.DdlNotSupported, 1, 24)]
    [InlineData("CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int", ErrorIds.DdlNotSupported, 1, 43)]
    [InlineData("CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a", ErrorIds.DdlNotSupported, 1, 39)]
    [InlineData("CREATE TABLE t (a int PRIMARY KEY USING INDEX TABLESPACE x)", ErrorIds.DdlNotSupported, 1, 35)]
    [InlineData("COMMENT ON SCHEMA s IS 'x'", ErrorIds.DdlNotSupported, 1, 12)]
    [InlineData("CREATE TABLE t (a int", ErrorIds.DdlSyntax, 1, 22)]
    [InlineData("CREATE TABLE t (a int,)", ErrorIds.DdlSyntax, 1, 23)]
    [InlineData("CREATE TABLE t (a int b int)", ErrorIds.DdlSyntax, 1, 23)]
    [InlineData("CREATE TABLE t (a int, a text)", ErrorIds.DdlSyntax, 1, 24)]
    [InlineData("CREATE TABLE t (order int)", ErrorIds.DdlSyntax, 1, 17)]
    [InlineData("CREATE TABLE t (a int DEFAULT )", ErrorIds.DdlSyntax, 1, 31)]
    [InlineData("CREATE TABLE t (a int DEFAULT (1]))", ErrorIds.DdlSyntax, 1, 33)]
    [InlineData("CREATE TABLE t (a int CHECK ())", ErrorIds.DdlSyntax, 1, 30)]
    [InlineData("CREATE TABLE t (a text DEFAULT 'open)", ErrorIds.DdlSyntax, 1, 32)]
    [InlineData("CREATE TABLE \"t (a int)", ErrorIds.DdlSyntax, 1, 14)]
    [InlineData("CREATE TABLE t (a int) /* /* */", ErrorIds.DdlSyntax, 1, 24)]
    [InlineData("CREATE TABLE t (a text DEFAULT $x$ $y$)", ErrorIds.DdlSyntax, 1, 32)]
    [InlineData("CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY)", ErrorIds.DdlSyntax, 1, 42)]
    [InlineData("CREATE TABLE t (a int, PRIMARY KEY (b))", ErrorIds.DdlSyntax, 1, 24)]
    [InlineData("CREATE TABLE t (a int); CREATE TABLE T (b int)", ErrorIds.DdlSyntax, 1, 38)]
    [InlineData("CREATE INDEX i ON t (a)", ErrorIds.DdlSyntax, 1, 19)]
    [InlineData("CREATE TABLE t (a int); COMMENT ON COLUMN t.b IS 'x'", ErrorIds.DdlSyntax, 1, 43)]
    [InlineData("CREATE TABLE t (a int); COMMENT ON TABLE t IS x", ErrorIds.DdlSyntax, 1, 47)]
    [InlineData("CREATE TABLE t (a int) garbage", ErrorIds.DdlSyntax, 1, 24)]
    [InlineData("CREATE TABLE t (a int); \\connect x", ErrorIds.DdlSyntax, 1, 25)]
    [InlineData("CREATE TABLE \"\" (a int)", ErrorIds.DdlSyntax, 1, 14)]
    [InlineData("CREATE TABLE t (ääääääääääääääääääääääääääääääää int)", ErrorIds.InvalidName, 1, 17)]
    public void Anything_else_is_refused_with_its_place(string ddl, string id, int line, int column)
    {
        LakebaseException thrown = Assert.Throws<LakebaseException>(() => DdlParser.Parse(ddl, "shop.sql"));
        Assert.Equal((id, $"shop.sql({line},{column})"), (thrown.Error.Id, thrown.Error.Target));
        Assert.NotNull(thrown.Error.Remedy);
    }

    [Fact]
    public void An_empty_text_describes_nothing() => Assert.Empty(DdlParser.Parse(" ; -- nothing\n;").Tables);
}
