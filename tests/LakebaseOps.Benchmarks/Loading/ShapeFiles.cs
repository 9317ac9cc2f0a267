using Npgsql;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>The rows of a shape as files, written by the server.</summary>
/// <param name="Whole">One CSV file without a header.</param>
/// <param name="Parts">The same file cut between records, one piece for each stream.</param>
internal sealed record ShapeFiles(string Whole, IReadOnlyList<string> Parts)
{
    /// <summary>Bytes of the CSV file.</summary>
    public long CsvBytes => new FileInfo(Whole).Length;

    /// <summary>Has the server write them.</summary>
    public static async Task<ShapeFiles> WriteAsync(
        BenchServer server, LoadShape shape, long rows, int parts, string folder, CancellationToken cancellationToken)
    {
        string whole = Path.Combine(folder, $"{shape.Name}.csv");
        List<string> files = [];
        await using NpgsqlConnection connection = await server.Raw.OpenConnectionAsync(cancellationToken);
        await using FileStream all = File.Create(whole);
        for (int i = 0; i < parts; i++)
        {
            string file = Path.Combine(folder, $"{shape.Name}.{i}.csv");
            files.Add(file);
            using (NpgsqlCopyTextReader csv = (NpgsqlCopyTextReader)await connection.BeginTextExportAsync(
                $"COPY ({Part(shape, rows, i, parts)}) TO STDOUT (FORMAT csv)", cancellationToken))
            await using (FileStream part = File.Create(file))
                await csv.BaseStream.CopyToAsync(part, cancellationToken);
            await using (FileStream part = File.OpenRead(file))
                await part.CopyToAsync(all, cancellationToken);
        }

        return new ShapeFiles(whole, files);
    }

    /// <summary>The same pieces as binary COPY.</summary>
    public static async Task<IReadOnlyList<byte[]>> BinaryAsync(
        BenchServer server, LoadShape shape, long rows, int parts, CancellationToken cancellationToken)
    {
        List<byte[]> binary = [];
        await using NpgsqlConnection connection = await server.Raw.OpenConnectionAsync(cancellationToken);
        for (int i = 0; i < parts; i++)
        {
            using MemoryStream bytes = new();
            await using (NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(
                $"COPY ({Part(shape, rows, i, parts)}) TO STDOUT (FORMAT binary)", cancellationToken))
                await copy.CopyToAsync(bytes, cancellationToken);
            binary.Add(bytes.ToArray());
        }

        return binary;
    }

    private static string Part(LoadShape shape, long rows, int part, int parts) =>
        shape.Query(1 + (rows * part / parts), rows * (part + 1) / parts);
}
