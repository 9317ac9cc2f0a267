using System.IO.Compression;
using LakebaseOps.Connections;
using LakebaseOps.Sandboxes;
using LakebaseOps.Verification;
using LakebaseOps.Verification.Content;
using Npgsql;

namespace LakebaseOps.Tests.Verification;

/// <summary>The rows that differ are named, whatever the reference is and however its rows lie; equal content is called equal.</summary>
public sealed class ContentTests(PostgresServer server) : DatabaseTest(server)
{
    private const string Types =
        """
        CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE DOMAIN short AS varchar(20);
        CREATE TABLE t (k text PRIMARY KEY, b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, c char(5), s short,
          x bytea, u uuid, d date, t time, tz timetz, ts timestamp, tt timestamptz, iv interval, j json, jb jsonb, ip inet, e mood, a int[], ta text[],
          p point, r int4range, m money, ea mood[]);
        """;

    private static readonly string[] Changes =
    [
        "b = NOT b", "i2 = i2 # 1::smallint", "i4 = i4 # 1", "i8 = i8 # (1::bigint << 62)", "f4 = f4 + 1e-6", "f8 = f8 + 1e-12", "n = n + 1e-30", "c = 'other'",
        "s = s || ' '", "x = set_bit(x, 7, 1 - get_bit(x, 7))", "u = gen_random_uuid()", "d = d + 1", "t = t + interval '1 us'", "tz = tz + interval '1 us'", "ts = ts + '1 us'",
        "tt = tt + '1 us'", "iv = iv + '1 us'", "j = '{\"a\":  1}'", "jb = '{\"a\": 2}'", "ip = ip + 1", "e = 'sad'", "a = a || 1", "ta = ta || NULL::text",
        "p = point(1, 2.0000000000000004)", "r = '[1,6)'", "m = m + '0.01'", "ea = ea || 'sad'::mood",
        "f8 = NULL", "i4 = NULL, i8 = NULL", "f8 = i8, i8 = f8", "k = k || '!'",
    ];

    [Theory]
    [InlineData(ContentComparison.Equality)]
    [InlineData(ContentComparison.Strict)]
    public async Task Every_kind_of_value_is_compared(ContentComparison comparison)
    {
        await MakeTypesAsync(Session, 300);
        await ExecuteAsync("CREATE TABLE reference (LIKE t INCLUDING ALL); INSERT INTO reference SELECT * FROM t ORDER BY md5(k)");
        TestTableOptions options = new() { Check = [TableCheckKind.Content], ReferenceTable = "reference", Comparison = comparison };
        Assert.Equal(CheckStatus.Passed, (await TestAsync(options)).Status);
        foreach (string change in Changes)
        {
            await ExecuteAsync($"UPDATE t SET {change} WHERE k = 'key 7'");
            TableCheck check = await TestAsync(options);
            Assert.True(check is { Status: CheckStatus.Failed, Differences.Count: > 0 }, $"{change}: {check}");
            RowDifference first = check.Differences[0];
            if (change.StartsWith("k =", StringComparison.Ordinal))
            {
                Assert.Equal(["key 7 Missing", "key 7! Surplus"], check.Differences.Select(one => $"{one.Key} {one.Kind}"));
                await ExecuteAsync("UPDATE t SET k = 'key 7' WHERE k = 'key 7!'");
            }
            else
            {
                Assert.Equal(("key 7", RowDifferenceKind.Changed, 1), (first.Key, first.Kind, check.Differences.Count));
                Assert.Equal(change.Split(", ").Where(one => one.Contains(" = ", StringComparison.Ordinal)).Select(one => one.Split(' ')[0]).Order(), first.Columns.Order());
                await ExecuteAsync("UPDATE t SET (b, i2, i4, i8, f4, f8, n, c, s, x, u, d, t, tz, ts, tt, iv, j, jb, ip, e, a, ta, p, r, m, ea) = (SELECT b, i2, i4, i8, f4, f8, n, c, s, x, u, d, t, tz, ts, tt, iv, j, jb, ip, e, a, ta, p, r, m, ea FROM reference WHERE k = 'key 7') WHERE k = 'key 7'");
            }
        }

        Assert.Equal(CheckStatus.Passed, (await TestAsync(options)).Status);
    }

    [Fact]
    public async Task Equality_follows_the_types_and_strict_the_bytes()
    {
        await ExecuteAsync("CREATE TABLE t (k int PRIMARY KEY, n numeric, f float8, j jsonb, c char(3)); INSERT INTO t VALUES (1, 1.0, 0, '{\"a\": 1.0}', 'x')");
        await ExecuteAsync("CREATE TABLE reference (LIKE t); INSERT INTO reference VALUES (1, 1.00, -0.0, '{\"a\": 1.00}', 'x')");
        TestTableOptions options = new() { Check = [TableCheckKind.Content], ReferenceTable = "reference" };
        Assert.Equal(CheckStatus.Passed, (await TestAsync(options)).Status);
        Assert.Equal(CheckStatus.Failed, (await TestAsync(options with { Comparison = ContentComparison.Strict })).Status);
    }

    [Theory]
    [InlineData(ContentComparison.Equality, true, true)]
    [InlineData(ContentComparison.Equality, true, false)]
    [InlineData(ContentComparison.Equality, false, false)]
    [InlineData(ContentComparison.Strict, true, true)]
    [InlineData(ContentComparison.Strict, false, false)]
    public async Task Differences_are_named_in_many_parts(ContentComparison comparison, bool keyed, bool alike)
    {
        await ExecuteAsync(
            $"""
            CREATE TABLE t (k bigint NOT NULL, v text);
            INSERT INTO t SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 20000) g;
            CREATE TABLE reference (LIKE t);
            INSERT INTO reference SELECT * FROM t ORDER BY {(alike ? "k" : "md5(k::text)")};
            """);
        if (keyed)
            await ExecuteAsync("ALTER TABLE t ADD PRIMARY KEY (k); ALTER TABLE reference ADD PRIMARY KEY (k)");
        TestTableOptions options = new() { Check = [TableCheckKind.Content], ReferenceTable = "reference", Comparison = comparison };
        Assert.Equal(CheckStatus.Passed, (await TestAsync(options)).Status);
        await ExecuteAsync("UPDATE t SET v = v || '.' WHERE k = 17000; DELETE FROM t WHERE k = 3; INSERT INTO t VALUES (20001, 'surplus')");
        TableCheck check = await TestAsync(options);
        if (keyed)
        {
            Assert.Equal(["17000 Changed", "3 Missing", "20001 Surplus"], check.Differences.Select(one => $"{one.Key} {one.Kind}"));
            Assert.Equal("20,000 rows, 3 of them or of the reference differ: 17000 differs in v; 3 is missing; 20001 is one too many", check.Actual);
        }
        else
        {
            Assert.Equal(["Missing", "Missing", "Surplus", "Surplus"], check.Differences.Select(one => one.Kind.ToString()));
        }

        // The same again: a table that differs everywhere names as many as were asked for and says that there are more.
        await ExecuteAsync("UPDATE t SET v = ''");
        check = await TestAsync(options with { MaxDifferences = 4 });
        Assert.Equal(4, check.Differences.Count);
        Assert.Contains("at least", check.Actual, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", ',')]
    [InlineData("gz", ';')]
    public async Task A_file_is_compared_and_the_line_named(string form, char delimiter)
    {
        await ExecuteAsync("CREATE TABLE t (k text PRIMARY KEY, n bigint, f float8, at timestamptz)");
        await ExecuteAsync("INSERT INTO t SELECT 'key ' || g, g, g / 4.0, '2026-01-02 03:04:05+00' FROM generate_series(1, 3000) g");
        string file = Path.Combine(Path.GetTempPath(), $"t_{Guid.NewGuid():N}.csv{(form == "gz" ? ".gz" : "")}");
        TestTableOptions options = new() { Check = [TableCheckKind.Content], ReferencePath = [file], Delimiter = $"{delimiter}" };
        try
        {
            await WriteAsync(Enumerable.Range(1, 3000));
            Assert.Equal(CheckStatus.Passed, (await TestAsync(options)).Status);
            await ExecuteAsync("UPDATE t SET n = 0 WHERE k = 'key 1500'; DELETE FROM t WHERE k = 'key 9'; INSERT INTO t VALUES ('more', 1, 1, NULL)");
            TableCheck check = await TestAsync(options);
            Assert.Equal(["key 1500 Changed", "key 9 Missing", "more Surplus"], check.Differences.Select(one => $"{one.Key} {one.Kind}"));
            if (form == "plain")
                Assert.Contains("line 10 ", check.Differences[1].Place, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }

        async Task WriteAsync(IEnumerable<int> rows)
        {
            await using Stream stream = form == "gz" ? new GZipStream(File.Create(file), CompressionLevel.Fastest) : File.Create(file);
            await using StreamWriter writer = new(stream);
            await writer.WriteLineAsync(string.Join(delimiter, "n", "k", "at", "f"));
            foreach (int row in rows)
                await writer.WriteLineAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{row}{delimiter}key {row}{delimiter}2026-01-02 03:04:05+00{delimiter}{row / 4.0}"));
        }
    }

    [Fact]
    public async Task Another_session_is_compared_whatever_numbers_it_gives_its_types()
    {
        await MakeTypesAsync(Session, 200);
        PostgresSession other = await Server.CreateDatabaseAsync("content_other");
        try
        {
            await using (NpgsqlCommand before = other.DataSource.CreateCommand("CREATE TYPE before AS ENUM ('a', 'b', 'c')"))
                await before.ExecuteNonQueryAsync(Cancel);
            await MakeTypesAsync(other, 200);
            TestTableOptions options = new() { Check = [TableCheckKind.Content], ReferenceSession = other.Name };
            TableCheck equal = await TestAsync(options, other);
            Assert.True(equal.Status == CheckStatus.Passed, equal.Actual);
            Assert.Equal(CheckStatus.Passed, (await TestAsync(options with { Comparison = ContentComparison.Strict }, other)).Status);
            await ExecuteAsync("UPDATE t SET e = 'sad' WHERE k = 'key 5'");
            TableCheck check = await TestAsync(options, other);
            Assert.Equal("key 5 differs in e", Assert.Single(check.Differences).ToString());
            await Assert.ThrowsAsync<LakebaseException>(() => TestAsync(options));
        }
        finally
        {
            string database = other.Database;
            await other.DisposeAsync();
            await Server.RemoveDatabaseAsync(database);
        }
    }

    [Fact]
    public async Task Servers_of_other_versions_agree_on_equal_values()
    {
        int? version = await OtherVersionAsync();
        Assert.SkipUnless(version is not null, "No server of another version is installed here: nothing is compared between versions.");
        string parent = Directory.CreateTempSubdirectory("lakebase-content-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(parent, (UnixFileMode)0b111_101_101);
        LakebaseSandbox sandbox = await SandboxServer.StartAsync(new StartSandboxOptions { Name = "other", Path = parent, Version = version, Ephemeral = true }, Cancel);
        try
        {
            await using PostgresSession other = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), Cancel);
            Assert.NotEqual(Session.ServerVersion.Major, other.ServerVersion.Major);
            await MakeTypesAsync(Session, 200);
            await MakeTypesAsync(other, 200);
            foreach (ContentComparison comparison in Enum.GetValues<ContentComparison>())
            {
                TestTableOptions options = new() { Check = [TableCheckKind.Content], ReferenceSession = other.Name, Comparison = comparison };
                TableCheck equal = await TestAsync(options, other);
                Assert.True(equal.Status == CheckStatus.Passed, equal.Actual);
                await ExecuteAsync("UPDATE t SET f8 = f8 + 1e-12 WHERE k = 'key 5'");
                Assert.Equal("key 5 differs in f8", Assert.Single((await TestAsync(options, other)).Differences).ToString());
                await ExecuteAsync("UPDATE t SET f8 = 5 / 7.0 WHERE k = 'key 5'");
            }
        }
        finally
        {
            await SandboxServer.StopAsync(new SandboxOptions { Name = "other", Path = parent, RemoveData = true }, CancellationToken.None);
            Directory.Delete(parent, recursive: true);
        }
    }

    private async Task<int?> OtherVersionAsync()
    {
        foreach (int version in (int[])[15, 16, 17, 18])
        {
            try
            {
                if (version != Session.ServerVersion.Major)
                    return (await PostgresBinaries.FindAsync(null, version, Cancel)).Version.Major;
            }
            catch (LakebaseException)
            {
                // Not that one.
            }
        }

        return null;
    }

    [Fact]
    public async Task Other_columns_and_missing_references_are_said()
    {
        await ExecuteAsync("CREATE TABLE t (a int, b int); CREATE TABLE reference (a bigint, c int)");
        TableCheck check = await TestAsync(new() { Check = [TableCheckKind.Content], ReferenceTable = "reference" });
        Assert.Equal("column a is integer here and bigint there; the reference has no column b; the table has no column c", check.Actual);
        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Equal(CheckStatus.Failed, (await TestAsync(new() { Check = [TableCheckKind.Content], ReferenceTable = "none" })).Status);
    }

    [Fact]
    public async Task An_interrupted_comparison_goes_on_where_it_was()
    {
        await ExecuteAsync(
            """
            CREATE TABLE t (k bigint PRIMARY KEY, v text);
            INSERT INTO t SELECT g, repeat('x', 900) FROM generate_series(1, 12000) g;
            CREATE TABLE reference (LIKE t INCLUDING ALL);
            INSERT INTO reference TABLE t;
            """);
        await ExecuteAsync("SELECT pg_stat_force_next_flush()");
        string file = Path.Combine(Path.GetTempPath(), $"content_{Guid.NewGuid():N}");
        TestTableOptions options = new() { Table = ["t"], Check = [TableCheckKind.Content], ReferenceTable = "reference", CheckpointPath = file };
        try
        {
            await Assert.ThrowsAsync<IOException>(() => new TestTableOperation(Session, options).RunAsync(new RecordingSink
            {
                OnProgress = progress => _ = progress is { Percent: 100 } ? throw new IOException("broken") : 0,
            }, Cancel));
            string[] kept = [.. (await File.ReadAllLinesAsync(file, Cancel)).Where(line => line.Length > 0)];
            Assert.True(kept.Length >= 10, $"{kept.Length} parts");
            // The last line was being written when it died; and a part that is known is not read again, even if what is known were wrong.
            string wrong = kept[0].Replace("\"Digest\":\"", "\"Digest\":\"AQ", StringComparison.Ordinal);
            wrong = wrong[..^4] + wrong[^2..];
            await File.WriteAllTextAsync(file, $"{wrong}\n{string.Join('\n', kept[1..^1])}\n{kept[^1][..40]}", Cancel);
            Assert.Equal(CheckStatus.Failed, (await TestAsync(options)).Status);
            Assert.False(File.Exists(file));
            // What was kept of a table that has changed since counts for nothing.
            await File.WriteAllTextAsync(file, wrong, Cancel);
            await ExecuteAsync("UPDATE t SET v = v WHERE k = 1; UPDATE reference SET v = v WHERE k = 1; SELECT pg_stat_force_next_flush()");
            Assert.Equal(CheckStatus.Passed, (await TestAsync(options)).Status);
        }
        finally
        {
            File.Delete(file);
        }
    }

    internal static async Task MakeTypesAsync(PostgresSession session, int rows)
    {
        await using NpgsqlCommand make = session.DataSource.CreateCommand(
            Types
            + $"""
            INSERT INTO t SELECT 'key ' || g, g % 2 = 0, g, g * 7919, g * 1000000007::bigint, g / 3.0, g / 7.0, g / 7.0::numeric, 'c' || g % 10, 's' || g,
              decode(md5(g::text), 'hex'), md5(g::text)::uuid, date '2026-01-01' + g, time '01:02:03' + g * interval '1 s', timetz '01:02:03+02' + g * interval '1 s',
              timestamp '2026-01-01' + g * interval '1 h', timestamptz '2026-01-01 00:00:00+00' + g * interval '1 h', g * interval '1 h', json_build_object('a', 1),
              jsonb_build_object('a', 1, 'b', g), '10.0.0.1'::inet + g, 'glad', ARRAY[g, NULL], ARRAY['x', 'y' || g], point(1, 2), int4range(1, 5), g::money, ARRAY['glad'::mood]
            FROM generate_series(1, {rows}) g;
            INSERT INTO t (k) VALUES ('all null');
            ANALYZE t
            """);
        await make.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<TableCheck> TestAsync(TestTableOptions options, PostgresSession? other = null) => Assert.Single(
        (await RecordingSink.RunAsync(new TestTableOperation(Session, options with { Table = ["t"] }) { Source = other }, Cancel)).Of<TableCheck>());
}
