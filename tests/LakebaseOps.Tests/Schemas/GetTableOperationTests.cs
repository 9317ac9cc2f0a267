using LakebaseOps.Schemas;

namespace LakebaseOps.Tests.Schemas;

[EachServer("Tables are read from the server's catalogs.")]
public sealed class GetTableOperationTests(PostgresServer server) : DatabaseTest(server)
{
    [Fact]
    public async Task Tables_are_found_by_name_or_wildcard_each_once_with_counted_rows()
    {
        await ExecuteAsync("""
            CREATE SCHEMA other; CREATE TABLE other.a (x int); CREATE TABLE a (x int); CREATE TABLE "A.b" (x int);
            INSERT INTO a SELECT generate_series(1, 7);
            """);
        Assert.Equal(["other.a", "public.a"], await NamesAsync(new GetTableOptions { Table = ["a"] }));
        Assert.Equal(["public.a"], await NamesAsync(new GetTableOptions { Table = ["public.a"] }));
        Assert.Equal(["other.a"], await NamesAsync(new GetTableOptions { Table = ["a"], Schema = "other" }));
        Assert.Equal(["other.a", "public.\"A.b\"", "public.a"], await NamesAsync(new GetTableOptions()));
        Assert.Equal(["other.a", "public.\"A.b\"", "public.a"], await NamesAsync(new GetTableOptions { Table = ["a*", "*"] }));
        RecordingSink counted = await RecordingSink.RunAsync(
            new GetTableOperation(Session, new GetTableOptions { Table = ["public.a"], Exact = true }), Cancel);
        Assert.Equal((7L, Session.Name), counted.Of<TableDefinition>().Select(table => (table.ExactRows, table.Session)).Single());
    }

    [Fact]
    public async Task A_missing_table_fails_and_the_others_are_shown()
    {
        await ExecuteAsync("CREATE TABLE a (x int)");
        RecordingSink sink = await RecordingSink.RunAsync(
            new GetTableOperation(Session, new GetTableOptions { Table = ["nothing", "a", "none*"] }), Cancel);
        Assert.Equal((ErrorIds.ObjectNotFound, "nothing"), sink.Errors.Select(error => (error.Id, error.Target)).Single());
        Assert.Equal("public.a", sink.Of<TableDefinition>().Single().Table);
    }

    private async Task<IEnumerable<string>> NamesAsync(GetTableOptions options) =>
        (await RecordingSink.RunAsync(new GetTableOperation(Session, options), Cancel)).Of<TableDefinition>().Select(table => table.Table);
}
