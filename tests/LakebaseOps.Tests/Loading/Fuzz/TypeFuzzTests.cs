using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Fuzz;

/// <summary>
/// The encoder against the server as oracle: of any text, whatever the session's settings, the encoder sends the value that
/// the server reads from it, or something that the server refuses as it refuses the text, or leaves it to the server.
/// Ten thousand cases for each family of types, a million in the soak.
/// </summary>
public sealed class TypeFuzzTests(PostgresServer server) : LoadTest(server)
{
    private const int BatchCases = 2_000;
    private const int MostRefusals = 40;

    private static readonly CsvDialect Dialect = new((byte)',', (byte)'"', (byte)'"') { Header = CsvHeader.None };
    private const string Unencoded = "interval day to second";

    /// <summary>The kinds of text, and the types that are fed with them.</summary>
    private static readonly Dictionary<string, string[]> Families = new()
    {
        ["boolean"] = ["boolean"],
        ["integer"] = ["smallint", "integer", "bigint", "positive"],
        ["float"] = ["real", "double precision"],
        ["numeric"] = ["numeric", "numeric(8,3)", "numeric(3,-2)"],
        ["text"] = ["text", "varchar(12)", "character(5)"],
        ["bytea"] = ["bytea"],
        ["uuid"] = ["uuid"],
        ["date"] = ["date"],
        ["time"] = ["time", "time(2)"],
        ["timetz"] = ["timetz", "timetz(0)"],
        ["timestamp"] = ["timestamp", "timestamp(1)"],
        ["timestamptz"] = ["timestamptz", "timestamptz(3)", "moment"],
        ["interval"] = ["interval", "interval(1)", Unencoded],
        ["json"] = ["json", "jsonb"],
        ["network"] = ["inet", "cidr"],
        ["enum"] = ["colour", "warm"],
        ["integer[]"] = ["integer[]", "positive[]", "bigint[]", "numbers"],
        ["text[]"] = ["text[]", "varchar(12)[]"],
        ["numeric[]"] = ["numeric[]", "numeric(8,3)[]"],
        ["timestamptz[]"] = ["timestamptz[]", "moment[]"],
        ["enum[]"] = ["colour[]", "warm[]"],
        ["json[]"] = ["jsonb[]"],
    };

    private static readonly string[][] Settings =
    [
        ["DateStyle = 'ISO, MDY'", "IntervalStyle = postgres", "TimeZone = 'UTC'", "bytea_output = hex"],
        ["DateStyle = 'German, DMY'", "IntervalStyle = sql_standard", "TimeZone = 'America/New_York'", "bytea_output = escape"],
        ["DateStyle = 'SQL, DMY'", "IntervalStyle = iso_8601", "TimeZone = 'Asia/Kathmandu'", "extra_float_digits = -5"],
        ["DateStyle = 'Postgres, YMD'", "IntervalStyle = postgres_verbose", "TimeZone = '-03:30'", "extra_float_digits = 3"],
        ["DateStyle = 'ISO, YMD'", "IntervalStyle = sql_standard", "TimeZone = 'Europe/London'", "array_nulls = on"],
    ];

    [Theory]
    [InlineData("boolean", "integer", "float", "numeric")]
    [InlineData("text", "bytea", "uuid", "json", "network", "enum")]
    [InlineData("date", "time", "timetz", "timestamp", "timestamptz", "interval")]
    [InlineData("integer[]", "text[]", "numeric[]", "timestamptz[]", "enum[]", "json[]")]
    public async Task The_encoder_and_the_server_read_the_same(params string[] families)
    {
        await ExecuteAsync(
            """
            CREATE TYPE colour AS ENUM ('red', 'green', 'light blue', '{x}', 'NULL', 'Ü');
            CREATE DOMAIN warm AS colour CHECK (VALUE <> 'light blue');
            CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
            CREATE DOMAIN moment AS timestamptz(2);
            CREATE DOMAIN numbers AS positive[];
            CREATE TABLE cases (id int, t text);
            """);
        foreach (string family in families)
        {
            foreach (string type in Families[family])
                await CompareAsync(family, type, Soak.Cases(10_000, 1_000_000) / Families[family].Length);
        }
    }

    private async Task CompareAsync(string family, string type, int count)
    {
        await ExecuteAsync(
            $"""
            DROP TABLE IF EXISTS ours, theirs;
            CREATE TABLE ours (id int, v {type});
            CREATE TABLE theirs (id int, v {type});
            CREATE OR REPLACE FUNCTION read_cases() RETURNS void LANGUAGE plpgsql AS $$
            DECLARE c record; v {type};
            BEGIN
                FOR c IN SELECT * FROM cases LOOP
                    BEGIN
                        v := c.t;
                        INSERT INTO theirs VALUES (c.id, v);
                    EXCEPTION WHEN OTHERS THEN NULL;
                    END;
                END LOOP;
            END $$
            """);
        int accepted = 0;
        for (int batch = 0; batch * BatchCases < count; batch++)
            accepted += await RunAsync(family, type, batch, Math.Min(BatchCases, count - batch * BatchCases));
        Soak.Say($"{type}: {accepted} of {count} texts encoded, all as the server reads them.");
        // An encoder that leaves everything to the server would be right and useless.
        if (type == Unencoded)
            Assert.Equal(0, accepted);
        else
            Assert.True(accepted > count / 5, $"{type}: only {accepted} of {count} texts were encoded.");
    }

    private async Task<int> RunAsync(string family, string type, int batch, int count)
    {
        int seed = HashCode(type) + batch;
        FuzzText source = new(new Random(seed));
        string[] texts = [.. Enumerable.Range(0, count).Select(_ => source.Next(family).Replace("\0", "", StringComparison.Ordinal))];
        string[] settings = Settings[batch % Settings.Length];
        bool zoneIsUtc = settings.Contains("TimeZone = 'UTC'");

        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        IReadOnlyList<CopyColumn> columns = await TypeCatalog.ResolveAsync(
            connection, [new CopyColumn("id", "integer"), new CopyColumn("v", await TypeNameAsync(connection))], Cancel);
        RowEncoder encoder = new(columns, zoneIsUtc);
        await using (NpgsqlCommand command = new(string.Join(";", settings.Select(setting => $"SET {setting}")), connection))
            await command.ExecuteNonQueryAsync(Cancel);

        HashSet<int> accepted = [];
        using (CopyBuffer buffer = new())
            Encode(encoder, texts, _ => true, buffer, accepted);
        HashSet<int> known = await ReadByServerAsync(connection, texts, accepted);
        int[] refused = [.. accepted.Where(id => !known.Contains(id)).Take(MostRefusals)];
        try
        {
            await SendAsync(connection, encoder, texts, known.Contains);
        }
        catch (PostgresException exception)
        {
            Assert.Fail($"{type}, seed {seed}, {string.Join(", ", settings)}: what was encoded is refused, what it came from is not: {exception.MessageText} {exception.Where}");
        }

        await using NpgsqlCommand compare = new(
            """
            SELECT count(*), min(format('%s: %L is %s for the server and %s as encoded', id, t, theirs.v, coalesce(ours.v::text, 'missing')))
            FROM theirs LEFT JOIN ours USING (id) JOIN cases USING (id)
            WHERE NOT coalesce(theirs *= ours, false) OR theirs.v::text <> ours.v::text
            """, connection);
        await using (NpgsqlDataReader reader = await compare.ExecuteReaderAsync(Cancel))
        {
            await reader.ReadAsync(Cancel);
            Assert.True(reader.GetInt64(0) == 0, $"{type}, seed {seed}, {string.Join(", ", settings)}: {reader.GetInt64(0)} differ, e.g. {(reader.IsDBNull(1) ? "" : reader.GetString(1))}");
        }

        foreach (int id in refused)
        {
            PostgresException? exception = await Record.ExceptionAsync(() => SendAsync(connection, encoder, texts, other => other == id)) as PostgresException;
            Assert.True(exception is not null, $"{type}, seed {seed}, {string.Join(", ", settings)}: the server refuses '{texts[id]}', but it was encoded and taken.");
        }

        await using (NpgsqlCommand command = new("TRUNCATE cases, ours, theirs", connection))
            await command.ExecuteNonQueryAsync(Cancel);
        return accepted.Count;
    }

    private static async Task<string> TypeNameAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'ours'::regclass AND attname = 'v'", connection);
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>What the server itself reads from the texts; those that it reads at all.</summary>
    private static async Task<HashSet<int>> ReadByServerAsync(NpgsqlConnection connection, string[] texts, HashSet<int> ids)
    {
        await using (NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync("COPY cases FROM STDIN (FORMAT binary)", Cancel))
        {
            foreach (int id in ids)
            {
                await importer.StartRowAsync(Cancel);
                await importer.WriteAsync(id, Cancel);
                await importer.WriteAsync(texts[id], Cancel);
            }

            await importer.CompleteAsync(Cancel);
        }

        await using (NpgsqlCommand command = new("SELECT read_cases()", connection))
            await command.ExecuteNonQueryAsync(Cancel);
        await using NpgsqlCommand find = new("SELECT id FROM theirs", connection);
        await using NpgsqlDataReader reader = await find.ExecuteReaderAsync(Cancel);
        HashSet<int> known = [];
        while (await reader.ReadAsync(Cancel))
            known.Add(reader.GetInt32(0));
        return known;
    }

    private static async Task SendAsync(NpgsqlConnection connection, RowEncoder encoder, string[] texts, Func<int, bool> choose)
    {
        using CopyBuffer buffer = new();
        buffer.Begin();
        Encode(encoder, texts, choose, buffer, []);
        buffer.End();
        await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync("COPY ours FROM STDIN (FORMAT binary)", Cancel);
        await buffer.FlushAsync(stream, Cancel);
    }

    private static void Encode(RowEncoder encoder, string[] texts, Func<int, bool> choose, CopyBuffer buffer, HashSet<int> encoded)
    {
        StringBuilder csv = new();
        int[] ids = [.. Enumerable.Range(0, texts.Length).Where(choose)];
        foreach (int id in ids)
            csv.Append(CultureInfo.InvariantCulture, $"{id},\"{texts[id].Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        byte[] data = Encoding.UTF8.GetBytes(csv.ToString());
        CsvRecords records = new(Dialect, columns: 2);
        records.Open(data, 0, data.Length, LineEnd.Feed);
        foreach (int id in ids)
        {
            Assert.True(records.Read());
            if (encoder.TryWrite(records, buffer, out _))
                encoded.Add(id);
        }
    }

    /// <summary>The same in every process, unlike string.GetHashCode.</summary>
    private static int HashCode(string text) => text.Aggregate(17, (hash, character) => unchecked(hash * 31 + character)) & 0xFFFFFF;
}
