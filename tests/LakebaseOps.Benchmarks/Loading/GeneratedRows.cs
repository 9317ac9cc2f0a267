using LakebaseOps.Loading.Wire;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>The rows that our generator makes for a table, for contenders that are given them ready made.</summary>
internal static class GeneratedRows
{
    /// <summary>The generator's plan for a table of the server: the same that the loader makes for it.</summary>
    public static async Task<SyntheticTable> OfAsync(BenchServer server, string table, long rows, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await server.Raw.OpenConnectionAsync(cancellationToken);
        TableDefinition definition = await TableCatalog.FindAsync(connection, TableName.Parse(table), cancellationToken)
            ?? throw new BenchmarkException($"There is no table {table}.");
        return SyntheticTable.Create(definition, new SyntheticOptions { Rows = rows, Seed = 1 });
    }

    /// <summary>One walk over the rows for each stream.</summary>
    public static SyntheticRows[] Parts(SyntheticTable table, int parts) =>
        [.. Enumerable.Range(0, parts).Select(i => new SyntheticRows(table, table.Rows * i / parts, table.Rows * (i + 1) / parts))];

    /// <summary>The rows as binary COPY, one piece for each stream.</summary>
    public static async Task<IReadOnlyList<byte[]>> EncodeAsync(SyntheticTable table, int parts, CancellationToken cancellationToken)
    {
        List<byte[]> result = [];
        foreach (SyntheticRows rows in Parts(table, parts))
        {
            using CopyBuffer buffer = new();
            using MemoryStream bytes = new();
            CopyWriter writer = new(buffer);
            buffer.Begin();
            while (rows.Write(writer))
            {
                if (buffer.IsFull)
                    await buffer.FlushAsync(bytes, cancellationToken);
            }

            buffer.End();
            await buffer.FlushAsync(bytes, cancellationToken);
            result.Add(bytes.ToArray());
        }

        return result;
    }
}
