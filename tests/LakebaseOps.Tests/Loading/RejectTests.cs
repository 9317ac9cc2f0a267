using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Rejects;

namespace LakebaseOps.Tests.Loading;

/// <summary>Bad rows among good ones: every good row goes in, every bad one into the reject file with its place and reason.</summary>
public sealed class RejectTests(PostgresServer server) : LoadTest(server)
{
    private const string Table =
        """
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
        CREATE TABLE t (id int NOT NULL, n smallint, x double precision, at timestamptz, u uuid, b boolean, m mood,
            v varchar(5) CHECK (v <> 'no'), j json, parent int);
        """;

    private static readonly (string Row, string State, string Column)[] Bad =
    [
        ("{0}x,1,1.5,2026-01-01 00:00:00+00,,t,good,v,,1", "22P02", "id"),
        ("{0},99999,1.5,2026-01-01 00:00:00+00,,t,good,v,,1", "22003", "n"),
        ("{0},1,1.5.5,2026-01-01 00:00:00+00,,t,good,v,,1", "22P02", "x"),
        ("{0},1,1e999,2026-01-01 00:00:00+00,,t,good,v,,1", "22003", "x"),
        ("{0},1,1.5,2026-02-30 00:00:00+00,,t,good,v,,1", "22008", "at"),
        ("{0},1,1.5,yesterdayish,,t,good,v,,1", "22007", "at"),
        ("{0},1,1.5,,not-a-uuid,t,good,v,,1", "22P02", "u"),
        ("{0},1,1.5,,,perhaps,good,v,,1", "22P02", "b"),
        ("{0},1,1.5,,,t,ugly,v,,1", "22P02", "m"),
        ("{0},1,1.5,,,t,good,toolong,,1", "22001", ""),
        ("{0},1,1.5,,,t,good,no,,1", "23514", ""),
        (",1,1.5,,,t,good,v,,1", "23502", "id"),
        ("{0},1,1.5,,,t,good,v,\"{{\",1", "22P02", ""),
        ("{0},1,1.5", "22P04", "at"),
        ("{0},1,1.5,,,t,good,v,,1,one too many", "22P04", ""),
        ("{0},1,1.5,,,t,good,\xFF\xFE,,1", "22021", ""),
        ("{0},1,1.5,,,t,good,v,,2", "23503", ""),
    ];

    [Theory]
    [InlineData(BulkLoadMode.Replace, "t.csv", 3_000)]
    [InlineData(BulkLoadMode.Append, "t.csv.gz", 100_000_000)]
    public async Task Every_good_row_goes_in_and_every_bad_one_is_reported(BulkLoadMode mode, string name, int chunkBytes)
    {
        await ExecuteAsync(Table + "ALTER TABLE t ADD FOREIGN KEY (parent) REFERENCES parent");
        // In a replaced table a foreign key is only built on the whole stage, so there it cannot refuse single rows.
        (string Row, string State, string Column)[] bad = mode == BulkLoadMode.Append ? Bad : Bad[..^1];
        (byte[] data, List<(int Line, int Byte, string Raw, int Class)> expected) = Rows(bad, 2_000);
        string file = Write(name, "");
        await WriteBytesAsync(file, data);

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "t", Path = [file], Mode = mode, MaxErrors = "100", RejectPath = Folder, ChunkBytes = chunkBytes, ThrottleLimit = 2,
        });

        Assert.Equal((2_000L, (long)expected.Count), (result.Rows, result.Rejected));
        Assert.Equal(2_000, await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t"));
        Assert.Equal(Path.Combine(Folder, "public.t.rejects.csv"), result.RejectPath);
        List<string[]> rejects = Read(result.RejectPath!);
        Assert.Equal(["file", "line", "byte", "column", "sqlstate", "reason", "raw"], rejects[0]);
        Assert.Equal(expected.Count, rejects.Count - 1);
        for (int i = 0; i < expected.Count; i++)
        {
            string[] row = rejects[i + 1];
            (string, string State, string Column) kind = bad[expected[i].Class];
            string what = string.Join(" | ", row);
            Assert.True((name, Text(expected[i].Line), Text(expected[i].Byte)) == (row[0], row[1], row[2]), what);
            Assert.True(kind.State == row[4], what);
            Assert.True(kind.Column.Length == 0 || kind.Column == row[3], what);
            Assert.True(expected[i].Raw == row[6], what);
            Assert.NotEmpty(row[5]);
        }

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_hash_is_that_of_the_good_rows()
    {
        await ExecuteAsync("CREATE TABLE clean (id int, v text); CREATE TABLE dirty (id int CHECK (id <> 77), v text)");
        StringBuilder clean = new("id,v\n");
        StringBuilder dirty = new("id,v\n");
        for (int i = 0; i < 5_000; i++)
        {
            if (i % 100 == 77)
                dirty.Append("77,no\n");
            if (i % 50 == 3)
                dirty.Append("x,y\n");
            // A form that only the server reads: it is loaded all the same.
            string row = i % 10 == 0 && i != 77 ? $" +{i} ,r\n" : i == 77 ? "" : $"{i},r\n";
            clean.Append(row);
            dirty.Append(row);
        }

        BulkLoadResult whole = await LoadAsync(new BulkLoadOptions { Table = "clean", Path = [Write("clean.csv", clean.ToString())], ChunkBytes = 4_000 });
        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "dirty", Path = [Write("dirty.csv", dirty.ToString())], ChunkBytes = 7_000, MaxErrors = "5%", RejectPath = Path.Combine(Folder, "r.csv"),
        });

        Assert.Equal((4_999L, 150L), (result.Rows, result.Rejected));
        Assert.Equal((whole.Rows, whole.ContentHash), (result.Rows, result.ContentHash));
        Assert.Equal(await ScalarAsync<decimal>("SELECT sum(hash_record_extended(t, 0)) FROM clean t"), await ScalarAsync<decimal>("SELECT sum(hash_record_extended(t, 0)) FROM dirty t"));
        Assert.StartsWith("Binary, a few rows of", result.Encoding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_end_the_load_before_the_swap_and_a_larger_limit_goes_on()
    {
        await ExecuteAsync("CREATE TABLE t (id int); INSERT INTO t VALUES (7)");
        string file = Write("t.csv", "id\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => i % 100 == 0 ? "x\n" : $"{i}\n")));
        BulkLoadOptions options = new() { Table = "t", Path = [file], ChunkBytes = 300, MaxErrors = "9", RejectPath = Folder, ThrottleLimit = 1 };

        Assert.Equal(ErrorIds.TooManyRejects, (await RefusedAsync(options)).Id);
        Assert.Equal(["(7)"], await RowsAsync("t"));
        Assert.Equal(11, Read(Path.Combine(Folder, "public.t.rejects.csv")).Count);
        Assert.Equal(ErrorIds.TooManyRejects, (await RefusedAsync(options with { MaxErrors = "0.9%" })).Id);
        long chunks = await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk");

        BulkLoadResult result = await LoadAsync(options with { MaxErrors = "1%" });

        Assert.Equal((990L, 10L, (int)chunks), (result.Rows, result.Rejected, result.ResumedChunks));
        Assert.Equal(990, await ScalarAsync<long>("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_unique_key_refuses_single_rows_of_an_append()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (500)");
        string file = Write("t.csv", "id\n" + string.Concat(Enumerable.Range(0, 6_000).Select(i => $"{i}\n")) + "3\n");

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "t", Path = [file], Mode = BulkLoadMode.Append, MaxErrors = "2", RejectPath = Folder, ThrottleLimit = 1,
        });

        Assert.Equal((5_999L, 2L), (result.Rows, result.Rejected));
        Assert.Equal(["500", "3"], Read(result.RejectPath!).Skip(1).Select(row => row[6]));
        Assert.Equal(["502", "6002"], Read(result.RejectPath!).Skip(1).Select(row => row[1]));
    }

    [EachServer("The server reads the values.")]
    [Fact]
    public async Task Types_that_only_the_server_reads_are_judged_too()
    {
        await ExecuteAsync("CREATE TABLE t (id int, p point)");
        string file = Write("t.csv", "id,p\n" + string.Concat(Enumerable.Range(0, 5_000).Select(i => i % 1_000 == 9 ? $"{i},(1\n" : $"{i},\"(1,2)\"\n")));

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "t", Path = [file], MaxErrors = "5", RejectPath = Folder });

        Assert.Equal((4_995L, 5L), (result.Rows, result.Rejected));
        Assert.Equal(["11", "1011", "2011", "3011", "4011"], Read(result.RejectPath!).Skip(1).Select(row => row[1]));
        Assert.StartsWith("Text", result.Encoding, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("100", 100, null)]
    [InlineData(" 0.1% ", null, 0.001)]
    [InlineData("0%", 0, null)]
    [InlineData(null, 0, null)]
    public void A_limit_is_a_number_or_a_share(string? text, int? most, double? share) =>
        Assert.Equal(new RejectPolicy(most, share), RejectPolicy.Parse(text));

    [Theory]
    [InlineData("-1")]
    [InlineData("101%")]
    [InlineData("few")]
    [InlineData("0.5")]
    public void Other_limits_are_refused(string text) =>
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<LakebaseException>(() => RejectPolicy.Parse(text)).Error.Id);

    private static (byte[] Data, List<(int Line, int Byte, string Raw, int Class)> Expected) Rows((string Row, string State, string Column)[] bad, int good)
    {
        MemoryStream data = new();
        int line = 1;
        List<(int, int, string, int)> expected = [];
        Put("id,n,x,at,u,b,m,v,j,parent");
        int every = good / bad.Length;
        for (int i = 0; i < good; i++)
        {
            if (i % every == every / 2 && expected.Count < bad.Length)
            {
                int kind = expected.Count;
                string raw = string.Format(CultureInfo.InvariantCulture, bad[kind].Row, 1_000_000 + i);
                expected.Add((line, (int)data.Length, raw, kind));
                Put(raw);
            }

            // Some rows are of two lines.
            Put($"{i},{i % 100},{i}.25,2026-01-01 00:00:00+00,{new Guid(i, 1, 2, new byte[8])},f,{(i % 2 == 0 ? "good" : "bad")},\"v{(i % 7 == 0 ? "\n" : "")}\",{{}},1");
        }

        return (data.ToArray(), expected);

        void Put(string row)
        {
            data.Write(Encoding.Latin1.GetBytes(row + "\n"));
            line += row.Count(character => character == '\n') + 1;
        }
    }

    private static async Task WriteBytesAsync(string file, byte[] data)
    {
        await using FileStream stream = File.Create(file);
        if (file.EndsWith(".gz", StringComparison.Ordinal))
        {
            await using System.IO.Compression.GZipStream gzip = new(stream, System.IO.Compression.CompressionLevel.Fastest);
            await gzip.WriteAsync(data, Cancel);
        }
        else
        {
            await stream.WriteAsync(data, Cancel);
        }
    }

    /// <summary>A small reader of its own, so that ours is not its own judge.</summary>
    internal static List<string[]> Read(string path)
    {
        List<string[]> rows = [];
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        foreach (char one in File.ReadAllText(path, Encoding.Latin1))
        {
            if (one == '"')
            {
                if (!quoted && field.Length > 0)
                    field.Append('"');
                quoted = !quoted;
            }
            else if (!quoted && one is ',' or '\n' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
                if (one == '\n')
                {
                    rows.Add([.. fields]);
                    fields.Clear();
                }
            }
            else
            {
                field.Append(one);
            }
        }

        Assert.False(quoted);
        return rows;
    }
}
