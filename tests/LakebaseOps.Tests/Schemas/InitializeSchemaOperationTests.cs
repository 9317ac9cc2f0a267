using LakebaseOps.Operations;
using LakebaseOps.Schemas;

namespace LakebaseOps.Tests.Schemas;

public sealed class InitializeSchemaOperationTests(PostgresServer server) : DatabaseTest(server)
{
    private const string Shop = """
        CREATE TABLE lines (product text REFERENCES products, amount numeric(18,2) DEFAULT 1 CHECK (amount > 0), id bigint);
        CREATE TABLE products (id text PRIMARY KEY, name varchar(20) DEFAULT 'x' NOT NULL);
        CREATE INDEX ON products (lower(name));
        CREATE UNIQUE INDEX named ON lines (id DESC) WHERE amount > 1;
        COMMENT ON TABLE products IS 'what there is';
        """;

    [Fact]
    public async Task Tables_are_created_in_any_order_and_a_second_call_changes_nothing()
    {
        IReadOnlyList<SchemaResult> first = await RunAsync(Shop, "New Schema");
        Assert.Equal([("New Schema.lines", "Created", 3, 1, 2), ("New Schema.products", "Created", 2, 2, 1)], first.Select(Facts));
        long oid = await OidAsync();
        IReadOnlyList<SchemaResult> second = await RunAsync(Shop, "New Schema");
        Assert.Equal([("New Schema.lines", "AlreadyThere", 3, 1, 2), ("New Schema.products", "AlreadyThere", 2, 2, 1)], second.Select(Facts));
        Assert.Equal(oid, await OidAsync());
        Assert.Equal("what there is", await ScalarAsync<string>("SELECT obj_description('\"New Schema\".products'::regclass, 'pg_class')"));

        static (string, string, int, int, int) Facts(SchemaResult result) =>
            (result.Table, result.Status, result.Columns, result.Indexes, result.Constraints);
        Task<long> OidAsync() => ScalarAsync<long>("SELECT '\"New Schema\".products'::regclass::oid::bigint");
    }

    [EachServer("What differs is read from the server's catalogs.")]
    [Theory]
    [InlineData("ALTER TABLE products ALTER name TYPE text", "column 'name' is text, not character varying(20)")]
    [InlineData("ALTER TABLE products ALTER name DROP NOT NULL", "column 'name' is nullable")]
    [InlineData("ALTER TABLE products ALTER name SET DEFAULT 'y'", "column 'name' has another default")]
    [InlineData("ALTER TABLE products ADD extra int", "column 'extra' is one too many")]
    [InlineData("ALTER TABLE lines DROP amount", "column 'amount' is missing")]
    [InlineData("DROP INDEX named", "index 'named' UNIQUE USING btree (id DESC) WHERE (amount > (1)::numeric) is missing")]
    [InlineData("CREATE INDEX ON products (name)", "index USING btree (name) is one too many")]
    [InlineData("ALTER TABLE lines DROP CONSTRAINT lines_amount_check", "constraint CHECK ((amount > (0)::numeric)) is missing")]
    [InlineData("ALTER TABLE lines DROP CONSTRAINT lines_product_fkey", "foreign key FOREIGN KEY (product) REFERENCES \"public\".\"products\" is missing")]
    [InlineData("ALTER TABLE products SET (fillfactor = 50)", "storage setting fillfactor=50 is one too many")]
    [InlineData("COMMENT ON TABLE products IS 'else'", "its comment is another")]
    public async Task A_table_that_differs_is_named_with_its_difference_and_nothing_is_created(string change, string difference)
    {
        await RunAsync(Shop, null);
        await ExecuteAsync(change);
        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(() => RunAsync("CREATE TABLE another (a int);" + Shop, null));
        Assert.Equal(ErrorIds.TableDiffers, thrown.Error.Id);
        Assert.Contains(difference, thrown.Error.Message, StringComparison.Ordinal);
        Assert.True(await ScalarAsync<bool>("SELECT to_regclass('another') IS NULL"));
    }

    [Fact]
    public async Task A_refused_statement_leaves_nothing_behind()
    {
        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(
            () => RunAsync("CREATE TABLE s.good (a int); CREATE TABLE s.bad (a no_such_type)", null).Translated());
        Assert.Equal(ErrorIds.ObjectNotFound, thrown.Error.Id);
        Assert.True(await ScalarAsync<bool>("SELECT to_regnamespace('s') IS NULL"));
    }

    [Fact]
    public async Task The_plan_holds_the_statements_and_writes_nothing()
    {
        InitializeSchemaOperation operation = new(Session, new InitializeSchemaOptions { Workload = FeatureWorkload.Fraud });
        OperationPlan plan = await operation.DescribeAsync(Cancel);
        Assert.Equal("Create 30 tables", plan.Action);
        Assert.Equal(60, plan.Steps.Count);
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'client_id_%'"));
    }

    [Fact]
    public async Task The_workload_is_what_the_sample_file_describes()
    {
        string sample = Path.Combine(RepositoryRoot(), "module", "samples", "fraud.sql");
        InitializeSchemaOptions workload = new() { Workload = FeatureWorkload.Fraud };
        RecordingSink made = await RecordingSink.RunAsync(new InitializeSchemaOperation(Session, workload), Cancel);
        Assert.Equal(30, made.Of<SchemaResult>().Count(result => result.Status == "Created"));
        RecordingSink read = await RecordingSink.RunAsync(
            new InitializeSchemaOperation(Session, new InitializeSchemaOptions { Path = [sample] }), Cancel);
        Assert.Equal(30, read.Of<SchemaResult>().Count(result => result.Status == "AlreadyThere"));
    }

    [Fact]
    public async Task Definitions_of_other_tables_can_be_made_elsewhere()
    {
        await RunAsync(Shop, null);
        RecordingSink tables = await RecordingSink.RunAsync(new GetTableOperation(Session, new GetTableOptions { Table = ["products"] }), Cancel);
        InitializeSchemaOptions options = new() { Definition = tables.Of<TableDefinition>(), Schema = "copy" };
        RecordingSink made = await RecordingSink.RunAsync(new InitializeSchemaOperation(Session, options), Cancel);
        Assert.Equal(("copy.products", "Created", 2), made.Of<SchemaResult>().Select(one => (one.Table, one.Status, one.Indexes)).Single());
    }

    internal static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LakebaseOps.psd1")))
            folder = folder.Parent;
        return folder!.FullName;
    }

    private async Task<IReadOnlyList<SchemaResult>> RunAsync(string ddl, string? schema)
    {
        InitializeSchemaOptions options = new() { Definition = DdlParser.Parse(ddl, null, schema ?? "public").Tables };
        RecordingSink sink = await RecordingSink.RunAsync(new InitializeSchemaOperation(Session, options), Cancel);
        return sink.Of<SchemaResult>();
    }
}

/// <summary>Errors as the pump would show them.</summary>
internal static class TranslatedTask
{
    public static async Task Translated(this Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            throw ErrorTranslator.Translate(exception).ToException();
        }
    }
}
