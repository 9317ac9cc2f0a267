using System.Text;

namespace LakebaseOps.Tests.Loading;

/// <summary>Rows that break a check of their table among good ones.</summary>
public sealed class RejectedByChecksTests(PostgresServer server) : LoadTest(server)
{
    [EachServer("Checks are read from the server's catalogs.")]
    [Theory]
    [InlineData(BulkLoadMode.Replace)]
    [InlineData(BulkLoadMode.Append)]
    [InlineData(BulkLoadMode.Upsert)]
    public async Task Checks_of_any_kind_are_judged_while_the_chunk_is_sent_once(BulkLoadMode mode)
    {
        await ExecuteAsync(
            """
            CREATE FUNCTION is_odd(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n % 2 = 1; END';
            CREATE TABLE t (id int PRIMARY KEY, low int, high int, word text, "odd, 5" int DEFAULT 1 CHECK (is_odd("odd, 5")), CHECK (low < high),
                CONSTRAINT words CHECK (word ~ '^[a-z]+$' AND length(word) < 6));
            CREATE TABLE clean (id int PRIMARY KEY, low int, high int, word text, "odd, 5" int);
            """);
        StringBuilder clean = new("id,low,high,word,\"odd, 5\"\n");
        StringBuilder dirty = new(clean.ToString());
        List<(int Line, string Raw, string Constraint)> expected = [];
        int line = 1;
        for (int i = 0; i < 9_000; i++)
        {
            // NULL breaks no check; some bad rows stand side by side, the first and the last of all rows among them.
            string good = i % 3 == 0 ? $"{i},,,,\n" : $"{i},{i},{i + 1},word,{(2 * i) + 1}\n";
            clean.Append(good);
            if (i % 1_000 == 0)
                Bad($"{100_000 + i},5,5,word,1", "t_check");
            if (i % 700 == 0)
                Bad($"{200_000 + i},1,2,WORD,1", "words");
            if (i % 900 == 0)
                Bad($"{300_000 + i},1,2,word,2", "t_odd, 5_check");
            dirty.Append(good);
            line++;
        }

        Bad("400000,1,2,toolong,1", "words");
        BulkLoadOptions options = new() { Table = "clean", Path = [Write("clean.csv", clean.ToString())], Mode = mode, ThrottleLimit = 1, KeyColumn = mode == BulkLoadMode.Upsert ? ["id"] : null };

        BulkLoadResult whole = await LoadAsync(options);
        BulkLoadResult result = await LoadAsync(options with { Table = "t", Path = [Write("t.csv", dirty.ToString())], MaxErrors = "100", RejectPath = Folder });

        Assert.Equal((9_000L, expected.Count), (result.Rows, (int)result.Rejected));
        Assert.Equal(whole.ContentHash, result.ContentHash);
        Assert.Equal(expected.Select(row => ($"{row.Line}", "23514", row.Raw)), RejectTests.Read(result.RejectPath!).Skip(1).Select(row => (row[1], row[4], row[6])));
        Assert.All(expected.Zip(RejectTests.Read(result.RejectPath!).Skip(1)), pair => Assert.Contains($"\"{pair.First.Constraint}\"", pair.Second[5], StringComparison.Ordinal));
        Assert.Equal(await ScalarAsync<decimal>("SELECT sum(hash_record_extended(c, 0)) FROM clean c"), await ScalarAsync<decimal>("SELECT sum(hash_record_extended(t, 0)) FROM t"));
        // A COPY that fails leaves its rows behind, dead.
        Assert.Equal(await ScalarAsync<long>("SELECT pg_relation_size('clean')"), await ScalarAsync<long>("SELECT pg_relation_size('t')"));

        void Bad(string row, string constraint)
        {
            dirty.Append(row).Append('\n');
            expected.Add((++line, row, constraint));
        }
    }

    [Fact]
    public async Task A_check_of_what_is_computed_from_a_row_is_left_to_the_table()
    {
        await ExecuteAsync("CREATE TABLE t (id int, twice int GENERATED ALWAYS AS (id * 2) STORED CHECK (twice <> 10), CHECK (100 / (id - 7) <> 50))");
        string file = Write("t.csv", "id\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"{i}\n")));

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "t", Path = [file], MaxErrors = "3", RejectPath = Folder });

        Assert.Equal((47L, 3L), (result.Rows, result.Rejected));
        Assert.Equal([("5", "23514"), ("7", "22012"), ("9", "23514")], RejectTests.Read(result.RejectPath!).Skip(1).Select(row => (row[6], row[4])));
    }
}
