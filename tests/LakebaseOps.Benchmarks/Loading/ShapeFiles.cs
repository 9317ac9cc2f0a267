using Npgsql;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>The rows of a shape in every form that a contender takes, all written by the server.</summary>
/// <param name="Whole">One CSV file without a header.</param>
/// <param name="Parts">The same file cut between records, one piece for each stream.</param>
/// <param name="Binary">The same pieces as binary COPY.</param>
internal sealed record ShapeFiles(string Whole, IReadOnlyList<string> Parts, IReadOnlyList<byte[]> Binary)
{
    /// <summary>Bytes of the CSV file.</summary>
    public long CsvBytes => new FileInfo(Whole).Length;

    /// <summary>Has the server write them.</summary>
    public static async Task<ShapeFiles> WriteAsync(
        BenchServer server, LoadShape shape, long rows, int parts, string folder, CancellationToken cancellationToken)
    {
        string whole = Path.Combine(folder, $"{shape.Name}.csv");
        List<string> files = [];
        List<byte[]> binary = [];
        await using NpgsqlConnection connection = await server.Raw.OpenConnectionAsync(cancellationToken);
        await using FileStream all = File.Create(whole);
        for (int i = 0; i < parts; i++)
        {
            string query = shape.Query(1 + (rows * i / parts), rows * (i + 1) / parts);
            string file = Path.Combine(folder, $"{shape.Name}.{i}.csv");
            files.Add(file);
            using (NpgsqlCopyTextReader csv = (NpgsqlCopyTextReader)await connection.BeginTextExportAsync(
                $"COPY ({query}) TO STDOUT (FORMAT csv)", cancellationToken))
            await using (FileStream part = File.Create(file))
                await csv.BaseStream.CopyToAsync(part, cancellationToken);
            await using (FileStream part = File.OpenRead(file))
                await part.CopyToAsync(all, cancellationToken);
            using MemoryStream bytes = new();
            await using (NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(
                $"COPY ({query}) TO STDOUT (FORMAT binary)", cancellationToken))
                await copy.CopyToAsync(bytes, cancellationToken);
            binary.Add(bytes.ToArray());
        }

        return new ShapeFiles(whole, files, binary);
    }
}
