using System.Text;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Tests.Loading;

public sealed class CsvTests(PostgresServer server) : LoadTest(server)
{
    private const string Nasty = "k,v\n1,\"a\nb\"\n2,\"\"\"q\"\"\"\r\n3,\"x,\"\"\n\"\"y\"\n4,\n5,\"\"\n6,pl\"ai\"n\n7,\"é\n\n,\"\n8,end";

    [Fact]
    public async Task The_server_itself_would_read_every_file_the_same_way()
    {
        await ExecuteAsync("CREATE TABLE ours (k int, v text); CREATE TABLE theirs (k int, v text)");
        string[] files =
        [
            "k,v\n1,a\n2,b\n", "k,v\r\n1,a\r\n2,\"b\r\nc\"\r\n", "k,v\r1,a\r2,\"b\rc\"\r", "\uFEFFk,v\n1,a\n", "k,v\n1,a", "k,v\n",
            "k,v\n1,\"a\nb\"\n2,\"\"\"q\"\"\"\n3,\"x,\"\"\n\"\"y\"\n4,\n5,\"\"\n6,pl\"ai\"n\n7,\"é\n\n,\"\n8,end",
        ];
        foreach (string text in files)
        {
            await LoadAsync(new BulkLoadOptions { Table = "ours", Path = [Write("f.csv", text)], SkipVacuum = true });
            await ExecuteAsync("TRUNCATE theirs");
            await CopyAsync("theirs", text.TrimStart('\uFEFF'));
            Assert.Equal(await RowsAsync("theirs"), await RowsAsync("ours"));
        }
    }

    [Fact]
    public async Task Options_change_the_dialect_as_in_the_server()
    {
        await ExecuteAsync("CREATE TABLE ours (k int, v text, w text)");

        await LoadAsync(new BulkLoadOptions
        {
            Table = "ours",
            Path = [Write("f.csv", "skip me\n1;'a\\';b\\\\';NULL\n2;'NULL';\n")],
            Header = CsvHeader.Skip,
            Delimiter = ";",
            Quote = "'",
            Escape = "\\",
            Null = "NULL",
        });

        Assert.Equal(["(1,\"a';b\\\\\",)", "(2,NULL,\"\")"], await RowsAsync("ours"));
    }

    [Fact]
    public async Task Other_encodings_become_utf8()
    {
        await ExecuteAsync("CREATE TABLE ours (v text)");
        string file = Path.Combine(Folder, "f.csv");
        await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes("v\nÄé\n"), Cancel);

        await LoadAsync(new BulkLoadOptions { Table = "ours", Path = [file], Encoding = "latin1" });

        Assert.Equal(["(Äé)"], await RowsAsync("ours"));
    }

    [Fact]
    public async Task Chunks_of_any_size_hold_the_same_records()
    {
        string text = Nasty.Replace("\r\n", "\n", StringComparison.Ordinal);
        foreach (string name in new[] { "f.csv", "f.csv.gz" })
        {
            CsvDialect dialect = CsvDialect.Of(new BulkLoadOptions());
            CsvInput input = await CsvInput.OpenAsync(Write(name, text), dialect, Cancel);
            string whole = string.Join('|', (await ChunksAsync(int.MaxValue / 4, [])).Select(chunk => chunk.Text));
            for (int size = 1; size <= text.Length + 1; size++)
            {
                List<(LoadRange Range, string Text)> chunks = await ChunksAsync(size, []);
                Assert.Equal(whole, string.Concat(chunks.Select(chunk => chunk.Text)));
                // Whatever of it is done already, and however it was cut: the rest is exactly what is left.
                foreach (int other in new[] { 1, 3, 17, 1000 })
                {
                    List<(LoadRange Range, string Text)> done = [.. chunks.Where((_, number) => number % 2 == 1)];
                    List<(LoadRange Range, string Text)> rest = await ChunksAsync(other, [.. done.Select(chunk => chunk.Range)]);
                    Assert.Equal(whole, string.Concat(done.Concat(rest).OrderBy(chunk => chunk.Range.From).Select(chunk => chunk.Text)));
                }
            }

            async Task<List<(LoadRange Range, string Text)>> ChunksAsync(int size, IReadOnlyCollection<LoadRange> done)
            {
                CsvFiles files = new(dialect, [input], [new CopyColumn("k", "integer"), new CopyColumn("v", "text")], ChunkSize.Fixed(size));
                await using CsvStreamSource stream = new(files);
                await using CsvFileSource plain = new(files);
                stream.Resume(done);
                List<(LoadRange, string)> chunks = [];
                while (await stream.NextAsync(Cancel) is CsvChunk chunk)
                    Add(chunk);
                if (!input.IsPlain)
                    return chunks;
                // The other way to read them: cut ahead, three parts at a time, then read each on its own.
                List<(LoadRange, string)> passed = chunks;
                chunks = [];
                foreach (LoadRange left in LoadRange.Left(Assert.Single(plain.Inputs), done))
                {
                    for (LoadRange rest = left; rest.From < rest.To;)
                    {
                        IReadOnlyList<LoadRange> parts = await plain.CutAsync(rest, 3, Cancel);
                        Assert.InRange(parts.Count, 1, 3);
                        foreach (LoadRange part in parts)
                            Add((CsvChunk)await plain.OpenAsync(part, Cancel));
                        rest = rest with { From = parts[^1].To };
                    }
                }

                Assert.Equal(string.Concat(passed.Select(chunk => chunk.Item2)), string.Concat(chunks.Select(chunk => chunk.Item2)));
                return passed;

                void Add(CsvChunk chunk)
                {
                    CsvReader reader = new(dialect, 2);
                    reader.Open(chunk);
                    while (reader.Read())
                        Assert.True(int.TryParse(reader.Record[0], out _));
                    byte[] all = new byte[chunk.Length];
                    chunk.Read(0, all);
                    chunks.Add((chunk.Range, Encoding.UTF8.GetString(all)));
                    chunk.Dispose();
                }
            }
        }
    }

    [Theory]
    [InlineData("k,v\n1,a\n2\n", "line 3 (byte 8), column v", "missing data", "22P04")]
    [InlineData("k,v\n1,a\n2,b,c\n", "line 3 (byte 8)", "extra data", "22P04")]
    [InlineData("k,v\n1,\"a\nb\"\nx,b\n", "line 4 (byte 12), column k", "invalid input syntax for type integer: \"x\"", "22P02")]
    [InlineData("k,v\n1,a\n99999999999,b\n", "line 3 (byte 8), column k", "out of range", "22003")]
    [InlineData("k,v\n1,\"open\n", "line 2 (byte 4), column v", "unterminated CSV quoted field", "22P04")]
    [InlineData("k,v\n1,a\r\n", "line 2 (byte 4)", "unquoted carriage return", "22P04")]
    [InlineData("k,v\n1,ok\n2,forbidden\n", "line 3 (byte 9)", "check constraint", "23514")]
    [InlineData("k,v\n1,ok\n2,12345678901\n", "line 3 (byte 9), column v", "value too long", "22001")]
    public async Task A_bad_row_is_named_and_nothing_of_its_chunk_is_loaded(string text, string where, string reason, string state)
    {
        await ExecuteAsync("CREATE TABLE t (k int, v varchar(10) CHECK (v <> 'forbidden')); INSERT INTO t VALUES (0, 'old')");

        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Path = [Write("t.csv", text)] });

        Assert.Equal(ErrorIds.DataRejected, error.Id);
        Assert.Equal(state, error.SqlState);
        Assert.Contains($"t.csv {where}", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(["(0,old)"], await RowsAsync("t"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk"));
    }

    [Fact]
    public async Task Wrong_headers_missing_files_and_tables_are_refused()
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text, g int GENERATED ALWAYS AS (k) STORED)");

        Assert.Contains("'z'", (await RefusedAsync(new BulkLoadOptions { Path = [Write("t.csv", "k,z\n")] })).Message, StringComparison.Ordinal);
        Assert.Contains("generates", (await RefusedAsync(new BulkLoadOptions { Path = [Write("t.csv", "k,g\n")] })).Message, StringComparison.Ordinal);
        Assert.Contains("twice", (await RefusedAsync(new BulkLoadOptions { Path = [Write("t.csv", "k,k\n")] })).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorIds.FileNotFound, (await RefusedAsync(new BulkLoadOptions { Path = [Path.Combine(Folder, "none*.csv")] })).Id);
        Assert.Equal(ErrorIds.ObjectNotFound, (await RefusedAsync(new BulkLoadOptions { Path = [Write("nowhere.csv", "k\n1\n")] })).Id);
        Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(new BulkLoadOptions { Table = "t" })).Id);
        Assert.Equal(ErrorIds.DataRejected, (await RefusedAsync(
            new BulkLoadOptions { Table = "t", Path = [Write("a.csv", "k,v\n"), Write("b.csv", "v,k\n")] })).Id);
    }

    [Fact]
    public async Task Fields_are_mapped_left_out_and_forced()
    {
        await ExecuteAsync("CREATE TABLE t (id int, v text, w text)");
        string file = Write("t.csv", "Key,junk,W,v\n1,\"x\"\"y\",,\"\"\n2,,\"\",b\n");

        await LoadAsync(new BulkLoadOptions { Path = [file], ColumnMap = new Dictionary<string, string?> { ["key"] = "id", ["junk"] = null } });
        Assert.Equal(["(1,\"\",)", "(2,b,\"\")"], await RowsAsync("t"));

        await LoadAsync(new BulkLoadOptions
        {
            Path = [file],
            ColumnMap = new Dictionary<string, string?> { ["Key"] = "id", ["*"] = "" },
            ForceNull = ["*"],
            ForceNotNull = ["w"],
            Restart = true,
        });
        Assert.Equal(["(1,,\"\")", "(2,b,)"], await RowsAsync("t"));

        await LoadAsync(new BulkLoadOptions { Path = [file], Columns = ["id", "", "", "v"], Header = CsvHeader.Skip, Restart = true });
        Assert.Equal(["(1,\"\",)", "(2,b,)"], await RowsAsync("t"));

        Assert.Contains("'nothing'", (await RefusedAsync(new BulkLoadOptions
        {
            Path = [file],
            ColumnMap = new Dictionary<string, string?> { ["nothing"] = "id" },
        })).Message, StringComparison.Ordinal);
        Assert.Contains("'z'", (await RefusedAsync(new BulkLoadOptions
        {
            Path = [file],
            ColumnMap = new Dictionary<string, string?> { ["Key"] = "id", ["*"] = "" },
            ForceNull = ["z"],
        })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_of_the_end_marker_is_data()
    {
        await ExecuteAsync("CREATE TABLE t (v text)");

        await LoadAsync(new BulkLoadOptions { Path = [Write("t.csv", "v\na\n\\.\nb\n")] });

        Assert.Equal(["(\"\\\\.\")", "(a)", "(b)"], await RowsAsync("t"));
    }

    private async Task CopyAsync(string table, string text)
    {
        await using Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        await using TextWriter writer = await connection.BeginTextImportAsync($"COPY {table} FROM STDIN (FORMAT csv, HEADER match)", Cancel);
        await writer.WriteAsync(text);
    }
}
