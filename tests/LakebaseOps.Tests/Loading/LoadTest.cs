using System.IO.Compression;
using System.Text;
using LakebaseOps.Loading;
using Npgsql;

namespace LakebaseOps.Tests.Loading;

/// <summary>Base of tests that load: a folder for files and short ways to load and look.</summary>
public abstract class LoadTest(PostgresServer server) : DatabaseTest(server)
{
    /// <summary>A folder of this test alone.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("lakebaseops-load-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a file and answers its path; .gz is compressed.</summary>
    protected string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllBytes(path, bytes);
            return path;
        }

        using GZipStream stream = new(File.Create(path), CompressionLevel.Fastest);
        stream.Write(bytes);
        return path;
    }

    /// <summary>Loads one table.</summary>
    protected async Task<BulkLoadResult> LoadAsync(BulkLoadOptions options) => Assert.Single(await LoadAllAsync(options));

    /// <summary>Loads.</summary>
    protected async Task<IReadOnlyList<BulkLoadResult>> LoadAllAsync(BulkLoadOptions options)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new BulkLoadOperation(Session, options), Cancel);
        Assert.Empty(sink.Errors);
        return sink.Of<BulkLoadResult>();
    }

    /// <summary>Loads, which must fail.</summary>
    protected async Task<LakebaseError> RefusedAsync(BulkLoadOptions options) =>
        (await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(new BulkLoadOperation(Session, options), Cancel))).Error;

    /// <summary>All rows of a table as text, in order, each value NULL or quoted.</summary>
    protected async Task<IReadOnlyList<string>> RowsAsync(string table)
    {
        await using NpgsqlCommand command = Session.DataSource.CreateCommand(
            $"SELECT t::text FROM {TableName.Parse(table).ToSql()} t ORDER BY t::text COLLATE \"C\"");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancel);
        List<string> rows = [];
        while (await reader.ReadAsync(Cancel))
            rows.Add(reader.GetString(0));
        return rows;
    }

    /// <summary>Number of tables, indexes and sequences that are neither the given ones nor the ledger.</summary>
    protected Task<long> StrayRelationsAsync() => ScalarAsync<long>(
        "SELECT count(*) FROM pg_class WHERE relname ~ '__(stg|six|old)_[0-9a-f]{10}$'");
}
