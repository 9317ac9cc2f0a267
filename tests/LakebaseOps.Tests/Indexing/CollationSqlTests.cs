using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using Npgsql;

namespace LakebaseOps.Tests.Indexing;

/// <summary>What is said of a collation is what the server's sort does with it.</summary>
public sealed class CollationSqlTests(PostgresServer server) : DatabaseTest(server)
{
    private const string Keys = "INSERT INTO t SELECT md5(g::text) FROM generate_series(1, 1000) g";

    [Fact]
    public async Task A_collation_is_slow_where_the_sort_does_not_abbreviate_its_keys_by_their_bytes()
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        Dictionary<string, bool> slow = await ProveAsync(connection);
        Assert.Equal((true, false, true), (slow["C.utf8"], slow["C"], slow["en-x-icu"]));
    }

    [Fact]
    public async Task The_servers_own_provider_abbreviates_where_the_library_does_not()
    {
        Assert.SkipUnless(await ScalarAsync<int>("SELECT current_setting('server_version_num')::int") >= 170_000, "There is no such provider before 17.");
        string database = $"{Session.Database}_own";
        await ExecuteAsync($"CREATE DATABASE {TableName.Quote(database)} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'");
        try
        {
            await using PostgresSession session = await SessionFactory.ConnectAsync(Server.Options with { Database = database }, Cancel);
            await using NpgsqlConnection connection = await session.OpenAsync(Cancel);
            Dictionary<string, bool> slow = await ProveAsync(connection);
            Assert.Equal((false, false, true), (slow["default"], slow["pg_c_utf8"], slow["C.utf8"]));
        }
        finally
        {
            await Server.RemoveDatabaseAsync(database);
        }
    }

    // The sort tells of each look at whether abbreviated keys pay, and looks only where it makes them. Those of ICU it makes by the library, one for each row.
    private static async Task<Dictionary<string, bool>> ProveAsync(NpgsqlConnection connection)
    {
        int looks = 0;
        connection.Notice += (_, told) => looks += told.Notice.MessageText.Contains("varstr_abbrev", StringComparison.Ordinal) ? 1 : 0;
        await RunAsync(connection, $"CREATE TABLE t (k text); {Keys}; SET trace_sort = on; SET client_min_messages = log");
        Dictionary<string, bool> slow = [];
        HashSet<string> icu = [];
        await using (NpgsqlCommand ask = new(
            $"""
            SELECT l.collname, {CollationSql.IsSlow}, l.collprovider = 'i' FROM pg_collation l CROSS JOIN (SELECT * FROM pg_database WHERE datname = current_database()) d
            WHERE l.collname IN ('default', 'C', 'POSIX', 'C.utf8', 'ucs_basic', 'pg_c_utf8', 'en-x-icu')
            """, connection))
        {
            await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(Cancel);
            while (await row.ReadAsync(Cancel))
            {
                slow.Add(row.GetString(0), row.GetBoolean(1));
                if (row.GetBoolean(2))
                    icu.Add(row.GetString(0));
            }
        }

        Assert.True(slow.Count >= 5);
        foreach ((string collation, bool isSlow) in slow)
        {
            looks = 0;
            await RunAsync(connection, $"CREATE INDEX ON t (k COLLATE {TableName.Quote(collation)})");
            Assert.True((!isSlow || icu.Contains(collation)) == looks > 0, $"{collation}: slow {isSlow}, {looks} looks at abbreviated keys");
        }

        return slow;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
