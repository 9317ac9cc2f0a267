using System.Text;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Schemas;

namespace LakebaseOps.Tests.Loading;

/// <summary>Which types go as binary, which way the others go, and what encoding a row costs.</summary>
[EachServer("Binary formats and types are the server's.")]
public sealed class TypeTests(PostgresServer server) : LoadTest(server)
{
    private const string Mixed = """""
        7,t,-12,42,9223372036854775807,1.5,0.1234567890123456,12345.678900,hello,abc,\x00ff,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,2020-02-29,12:34:56.789,12:34:56+05:30,2020-02-29 12:34:56.789,2020-02-29T12:34:56Z,1 year 2 mons -3 days +04:05:06.7,"{""a"": 1}","{""a"": 1}",10.1.2.3/8,10.0.0.0/8,light blue,4,"{1,NULL,3}","{a,""b \""c\"""",NULL}","{light blue,red}","{1.50,2}"
        8,,,,,,,,,,,,,,,,,,,,,,,,,,,

        """"";

    private const string MixedTable = """
        CREATE TYPE colour AS ENUM ('red', 'light blue');
        CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
        CREATE DOMAIN small_positive AS positive CHECK (VALUE < 100);
        CREATE TABLE mixed (id int, b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric(12,4), t text, c character(5), y bytea,
            u uuid, d date, tm time, tz timetz, ts timestamp(3), tt timestamptz, iv interval, j json, jb jsonb, ip inet, net cidr, e colour, p small_positive,
            ai integer[], at text[], ae colour[], an numeric(6,2)[])
        """;

    [Fact]
    public async Task Every_type_we_know_goes_as_binary_and_arrives()
    {
        await ExecuteAsync(MixedTable);

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "mixed", Path = [Write("m.csv", Mixed)], Header = CsvHeader.None, SkipVacuum = true });

        await ExecuteAsync("CREATE TABLE theirs (LIKE mixed)");
        await using (Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel))
        {
            await using TextWriter writer = await connection.BeginTextImportAsync("COPY theirs FROM STDIN (FORMAT csv)", Cancel);
            await writer.WriteAsync(Mixed);
        }

        Assert.Equal("Binary", result.Encoding);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM mixed m JOIN theirs USING (id) WHERE m *= theirs"));
        Assert.Equal("{\"light blue\",red}", await ScalarAsync<string>("SELECT ae::text FROM mixed WHERE id = 7"));
    }

    [Fact]
    public async Task What_is_encoded_is_what_the_server_sends_back()
    {
        // Without a length or scale, which change values: then the hash of what was sent is that of what is read back.
        await ExecuteAsync("""
            CREATE TABLE exact (b boolean, i2 smallint, i8 bigint, f4 real, f8 double precision, n numeric, t text, y bytea, u uuid, d date, tm time,
                tz timetz, ts timestamp, tt timestamptz, iv interval, j json, ip inet, net cidr, ai integer[], an numeric[], at text[])
            """);
        string row = """
            f,-1,2,NaN,-0,-00012345.678900e2,ü,a\001b,a0eebc999c0b4ef8bb6d6bb9bd380a11,0001-01-01,23:59,12:34-07:30,infinity,1999-12-31T23:59:59.5Z,PT-1.5S,[1],::1/64,10.0.0.0/8,{},"{NULL,0.0,1e5}","{x,NULL}"
            ,,,,,0,,,,,,,,,,,,,,,

            """;

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "exact",
            Path = [Write("e.csv", row)],
            Header = CsvHeader.None,
            SkipVacuum = true,
            Proof = LoadProof.Content,
        });

        Assert.Equal(("Loaded", "Binary"), (result.Status, result.Encoding));
    }

    [Fact]
    public async Task One_column_that_we_cannot_encode_makes_the_table_go_as_text()
    {
        await ExecuteAsync("CREATE TABLE places (id int, at point, note text)");

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "places", Path = [Write("p.csv", "id,at,note\n1,\"(1,2)\",x\n")], SkipVacuum = true });

        Assert.Equal("Text (column at is point)", result.Encoding);
        Assert.Equal(["(1,\"(1,2)\",x)"], await RowsAsync("places"));
    }

    [Fact]
    public async Task A_row_has_the_same_hash_whichever_way_it_goes()
    {
        await ExecuteAsync("CREATE TABLE ways (id int, n numeric, at time)");
        // The second row's time is one that only the server reads.
        const string rows = "1,1.50,10:20\n2,2.50,\"10:20 PM\"\n";

        BulkLoadResult apart = await LoadAsync(new BulkLoadOptions { Table = "ways", Path = [Write("a.csv", rows)], Header = CsvHeader.None, ChunkBytes = 13, SkipVacuum = true });
        BulkLoadResult together = await LoadAsync(new BulkLoadOptions { Table = "ways", Path = [Write("b.csv", rows)], Header = CsvHeader.None, SkipVacuum = true, Restart = true });

        Assert.Equal("Binary, a few rows of 1 of 2 chunks as Text", apart.Encoding);
        Assert.Equal("Binary, a few rows of 1 of 1 chunks as Text", together.Encoding);
        Assert.Equal(apart.ContentHash, together.ContentHash);
        Assert.Equal(["(1,1.50,10:20:00)", "(2,2.50,22:20:00)"], await RowsAsync("ways"));
    }

    [Fact]
    public async Task A_domain_is_checked_by_the_server_all_the_same()
    {
        await ExecuteAsync("CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE TABLE counts (n positive[])");

        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Table = "counts", Path = [Write("c.csv", "n\n\"{1,-1}\"\n")] });

        Assert.Equal((ErrorIds.DataRejected, "23514"), (error.Id, error.SqlState));
    }

    [Fact]
    public async Task Encoding_a_row_allocates_nothing()
    {
        const int Blocks = 10;
        const int RoundsOfBlock = 1000;
        await ExecuteAsync(MixedTable);
        await using Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        TableDefinition table = await TableCatalog.ReadAsync(connection, TableName.Parse("mixed"), Cancel);
        IReadOnlyList<CopyColumn> columns = await TypeCatalog.ResolveAsync(
            connection, [.. table.Columns.Select(column => new CopyColumn(column.Name, column.Type))], Cancel);
        Assert.DoesNotContain(columns, column => column.Kind == ColumnKind.Server);
        RowEncoder encoder = new(columns, zoneIsUtc: true);
        byte[] data = Encoding.UTF8.GetBytes(Mixed);
        CsvRecords records = new(new CsvDialect((byte)',', (byte)'"', (byte)'"') { Header = CsvHeader.None }, columns.Count);
        using CopyBuffer buffer = new();
        // The first rounds make what is kept: memory for unescaped fields, and code.
        Rounds(100);
        long[] allocated = [.. Enumerable.Range(0, Blocks).Select(_ => Rounds(RoundsOfBlock))];

        // What the runtime itself may set aside at some moment, on whatever thread it is, it does once; a row would in every block, at least 24 bytes.
        Assert.True(allocated.Min() == 0 && allocated.Sum() < 24 * RoundsOfBlock, $"Bytes of each {RoundsOfBlock} rounds: {string.Join(", ", allocated)}");

        long Rounds(int count)
        {
            long rows = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < count; round++)
            {
                buffer.Begin();
                records.Open(data, 0, data.Length, LineEnd.Feed);
                while (records.Read())
                {
                    rows++;
                    if (!encoder.TryWrite(records, buffer, out int column))
                        Assert.Fail($"Column {columns[column].Name} was not encoded.");
                }
            }

            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(2L * count, rows);
            return bytes;
        }
    }
}
