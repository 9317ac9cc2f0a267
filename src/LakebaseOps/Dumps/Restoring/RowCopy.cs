using System.Buffers;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>Sends pieces of a table from their source to the target as they are, counted and hashed on the way; reads a table back likewise.</summary>
internal sealed class RowCopy(IDumpSource source, DumpTable table, TableName stage, OidMask? mask, RestoreTarget target, RestoreMeter meter)
{
    private const int BlockBytes = 128 * 1024;

    private string Columns => table.Columns.Count == 0 ? "" : $" ({string.Join(", ", table.Columns.Select(TableName.Quote))})";

    private bool IsCsv => source.DataFormat == DumpDataFormat.Csv;

    /// <summary>Sends a piece in the caller's transaction.</summary>
    /// <param name="connection">A connection of the target.</param>
    /// <param name="chunk">The piece.</param>
    /// <param name="freeze">True where the table was emptied in the same transaction: its rows are then visible to all from the beginning.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<RestoreStep> SendAsync(NpgsqlConnection connection, DumpChunk chunk, bool freeze, CancellationToken cancellationToken)
    {
        RowMeter rows = IsCsv ? new CsvMeter() : new TupleMeter(table.Columns.Count, mask);
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        long countedRows = 0;
        long countedBytes = 0;
        long countedWeight = 0;
        WatchedConnection watch = target.Watch(connection);
        try
        {
            Stream from = await source.OpenAsync(table, chunk, cancellationToken).ConfigureAwait(false);
            await using (from.ConfigureAwait(false))
            {
                string copy = $"COPY {stage.ToSql()}{Columns} FROM STDIN (FORMAT {(IsCsv ? "csv" : "binary")}{(freeze ? ", FREEZE" : "")})";
                NpgsqlRawCopyStream to = await OpenAsync(connection, copy, cancellationToken).ConfigureAwait(false);
                await using (to.ConfigureAwait(false))
                {
                    try
                    {
                        int count;
                        watch.Leave();
                        while ((count = await from.ReadAsync(block.AsMemory(0, BlockBytes), cancellationToken).ConfigureAwait(false)) > 0)
                        {
                            rows.Add(block.AsSpan(0, count));
                            watch.Return();
                            await to.WriteAsync(block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                            watch.Leave();
                            Count();
                        }

                        watch.Return();
                        rows.End();
                        await to.FlushAsync(cancellationToken).ConfigureAwait(false);
                    }
                    catch
                    {
                        watch.Return();
                        // Disposing without this would end the COPY as if all had been sent.
                        await AbandonAsync(to).ConfigureAwait(false);
                        throw;
                    }
                }
            }

            Count(isEnd: true);
            return new RestoreStep(rows.Rows, rows.Bytes, rows.Sum);
        }
        catch
        {
            meter.Add(table.Table, -countedRows, -countedBytes, -countedWeight);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        void Count(bool isEnd = false)
        {
            // The size of a piece may be an estimate: it is all done when its last row is sent.
            long weight = isEnd ? chunk.Bytes : Math.Min(rows.Bytes, chunk.Bytes);
            meter.Add(table.Table, rows.Rows - countedRows, rows.Bytes - countedBytes, weight - countedWeight);
            (countedRows, countedBytes, countedWeight) = (rows.Rows, rows.Bytes, weight);
        }
    }

    /// <summary>Reads back some pages of the target's table, or all of it; answers rows and the sum of their hashes.</summary>
    public async Task<RestoreStep> ReadAsync(NpgsqlConnection connection, string? pages, CancellationToken cancellationToken)
    {
        long rows = 0;
        long bytes = 0;
        UInt128 sum = UInt128.Zero;
        string list = string.Join(", ", table.Columns.Select(TableName.Quote));
        string what = pages is null ? $"{stage.ToSql()}{Columns}" : $"(SELECT {list} FROM ONLY {stage.ToSql()} WHERE {pages})";
        await CopyRows.ReadAsync(
            connection, what,
            row =>
            {
                sum = unchecked(sum + (mask is null ? RowHash.Of(row) : mask.Hash(row)));
                rows++;
                bytes += row.Length;
            },
            cancellationToken).ConfigureAwait(false);
        return new RestoreStep(rows, bytes, sum);
    }

    private static async Task<NpgsqlRawCopyStream> OpenAsync(NpgsqlConnection connection, string copy, CancellationToken cancellationToken)
    {
        if (copy.Contains("(FORMAT binary", StringComparison.Ordinal))
            return await connection.BeginRawBinaryCopyAsync(copy, cancellationToken).ConfigureAwait(false);
        TextWriter writer = await connection.BeginTextImportAsync(copy, cancellationToken).ConfigureAwait(false);
        return (NpgsqlRawCopyStream)((StreamWriter)writer).BaseStream;
    }

    private static async Task AbandonAsync(NpgsqlRawCopyStream stream)
    {
        try
        {
            await stream.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // What made it end is the news.
        }
    }
}
