using System.Globalization;
using System.IO.Compression;
using System.Text;
using LakebaseOps.Connections;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>Where the rows of a schedule come from.</summary>
internal enum LoadInput
{
    /// <summary>One CSV file.</summary>
    File,

    /// <summary>Three CSV files.</summary>
    Files,

    /// <summary>One gzip file.</summary>
    Gzip,

    /// <summary>The generator.</summary>
    Generator,
}

/// <summary>A table and what is loaded into it. Every value has a fixed length, so that rows can be counted on the wire.</summary>
/// <param name="Ddl">Makes the table t with one row from before, whose id is -1; {0} is where its tablespace stands.</param>
/// <param name="RowBytes">Bytes of each row within COPY.</param>
/// <param name="LineBytes">Fewest bytes of a row in a file.</param>
internal sealed record LoadData(string Ddl, int RowBytes, int LineBytes)
{
    /// <summary>Rows in all.</summary>
    public const int Rows = 12_000;

    /// <summary>Rows and their hash, but for the row from before.</summary>
    public const string ContentSql = "SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || sum(hash_record_extended(t, 0)) FROM t WHERE id >= 0";

    /// <summary>What to load.</summary>
    public BulkLoadOptions Options { get; private init; } = new() { Table = "t" };

    /// <summary>What <see cref="ContentSql"/> says when the server itself has read the rows from a file.</summary>
    public string Content { get; private init; } = "";

    /// <summary>Quotes, delimiters and line ends within values, so that a chunk's end is not where it seems.</summary>
    public static LoadData Quoted { get; } = new(
        "CREATE TABLE t (id int PRIMARY KEY, v text){0}; CREATE INDEX t_v ON t (v); INSERT INTO t VALUES (-1, 'old')", 2 + 4 + 4 + 4 + 13, 23);

    /// <summary>What the generator makes.</summary>
    public static LoadData Generated { get; } = new(
        "CREATE TABLE t (id bigint PRIMARY KEY, token uuid, n int, x float8, at timestamptz, flag boolean){0}; CREATE INDEX t_n ON t (n); INSERT INTO t VALUES (-1)",
        2 + (6 * 4) + 8 + 16 + 4 + 8 + 8 + 1, 1);

    /// <summary>Writes the files and lets the server read them.</summary>
    public static async Task<IReadOnlyDictionary<LoadInput, LoadData>> CreateAsync(
        Func<string, Task<PostgresSession>> database, string folder, CancellationToken cancellationToken)
    {
        string[] lines = [.. Enumerable.Range(0, Rows).Select(Line)];
        string whole = Write("t.csv", lines);
        string[] parts = [.. Enumerable.Range(0, 3).Select(part => Write($"part{part}.csv", lines[(Rows / 3 * part)..(Rows / 3 * (part + 1))]))];
        string packed = Path.Combine(folder, "t.csv.gz");
        await using (GZipStream gzip = new(File.Create(packed), CompressionLevel.Fastest))
            await gzip.WriteAsync(await File.ReadAllBytesAsync(whole, cancellationToken), cancellationToken);
        await using PostgresSession session = await database("quoted");
        await ExecuteAsync(session, Quoted.DdlIn(null), cancellationToken);
        LoadData quoted = Quoted with { Content = await ReadAsync(session, whole, cancellationToken) };

        await using PostgresSession other = await database("generated");
        await ExecuteAsync(other, Generated.DdlIn(null), cancellationToken);
        BulkLoadOptions synthetic = Generated.Options with { Synthetic = true, Rows = Rows, Seed = 1 };
        await RecordingSink.RunAsync(new NewSyntheticDataOperation(new NewSyntheticDataOptions
        {
            Definition = [await TableAsync(other, cancellationToken)], Path = Path.Combine(folder, "made"), Rows = Rows, Seed = 1,
        }), cancellationToken);
        string made = Directory.GetFiles(Path.Combine(folder, "made")).Single();
        return new Dictionary<LoadInput, LoadData>
        {
            [LoadInput.File] = quoted with { Options = quoted.Options with { Path = [whole] } },
            [LoadInput.Files] = quoted with { Options = quoted.Options with { Path = parts } },
            [LoadInput.Gzip] = quoted with { Options = quoted.Options with { Path = [packed] } },
            [LoadInput.Generator] = Generated with { Options = synthetic, Content = await ReadAsync(other, made, cancellationToken) },
        };

        string Write(string name, IEnumerable<string> text)
        {
            string path = Path.Combine(folder, name);
            File.WriteAllText(path, "id,v\n" + string.Concat(text));
            return path;
        }
    }

    /// <summary>The statements that make the table, in a tablespace if one is given.</summary>
    public string DdlIn(string? tablespace) =>
        Ddl.Replace("{0}", tablespace is null ? "" : $" TABLESPACE {tablespace}", StringComparison.Ordinal);

    /// <summary>Runs statements.</summary>
    public static async Task ExecuteAsync(PostgresSession session, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The single value of a query.</summary>
    public static async Task<T> ScalarAsync<T>(PostgresSession session, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static string Line(int row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row:D7},\"row {row:D7}\n{(row % 5 == 0 ? "\"\"" : ",")}\"\n");

    private static async Task<string> ReadAsync(PostgresSession session, string file, CancellationToken cancellationToken)
    {
        await using (NpgsqlConnection connection = await session.OpenAsync(cancellationToken))
        {
            await using NpgsqlCopyTextWriter copy = await connection.BeginTextImportAsync("COPY t FROM STDIN (FORMAT csv, HEADER)", cancellationToken);
            await copy.WriteAsync(await File.ReadAllTextAsync(file, Encoding.UTF8, cancellationToken));
        }

        return await ScalarAsync<string>(session, ContentSql, cancellationToken);
    }

    private static async Task<TableDefinition> TableAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await session.OpenAsync(cancellationToken);
        return await TableCatalog.ReadAsync(connection, new TableName("public", "t"), cancellationToken);
    }
}
