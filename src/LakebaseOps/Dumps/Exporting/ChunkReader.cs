using System.Buffers;
using System.Globalization;
using LakebaseOps.Dumps.Folders;
using Npgsql;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Reads pieces of tables over one connection.</summary>
/// <param name="connection">In the dump's snapshot.</param>
/// <param name="format">Form of the rows.</param>
internal sealed class ChunkReader(NpgsqlConnection connection, DumpDataFormat format)
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>Reads a piece into a file; says how many bytes came after each block.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task<(long Stored, byte[] Hash)> ReadAsync(
        ChunkWork work, ChunkFile file, Action<int> progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, file.Broken);
        try
        {
            (Stream copy, Func<ValueTask> cancel) = await BeginAsync(work, either.Token).ConfigureAwait(false);
            bool isRead = false;
            try
            {
                while (!isRead)
                    isRead = await BlockAsync(copy, file, progress, either.Token).ConfigureAwait(false);
            }
            finally
            {
                if (!isRead)
                    await StopAsync(cancel).ConfigureAwait(false);
                await CloseAsync(copy, isRead).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            Exception? reason = await file.AbortAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            // A failed write is why the reading was broken off.
            if (reason is not null && exception is OperationCanceledException)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
            throw;
        }

        return await file.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>The statement that reads a piece.</summary>
    internal static string Sql(ChunkWork work, DumpDataFormat format)
    {
        string columns = string.Join(", ", work.Table.Columns.Select(TableName.Quote));
        string pages = string.Join(" AND ", new[]
        {
            work.FromPage is > 0 ? string.Create(CultureInfo.InvariantCulture, $"ctid >= '({work.FromPage},0)'") : null,
            work.ToPage is not null ? string.Create(CultureInfo.InvariantCulture, $"ctid < '({work.ToPage},0)'") : null,
        }.OfType<string>());
        string query = $"SELECT {columns} FROM ONLY {work.Table.Table.ToSql()}{(pages.Length == 0 ? "" : $" WHERE {pages}")}";
        return $"COPY ({query}) TO STDOUT (FORMAT {(format == DumpDataFormat.Csv ? "csv" : "binary")})";
    }

    private async Task<(Stream Copy, Func<ValueTask> Cancel)> BeginAsync(ChunkWork work, CancellationToken cancellationToken)
    {
        string sql = Sql(work, format);
        if (format == DumpDataFormat.Csv)
        {
            // Its reader decodes text; the stream below has the bytes as they came.
            StreamReader text = (StreamReader)await connection.BeginTextExportAsync(sql, cancellationToken).ConfigureAwait(false);
            NpgsqlRawCopyStream bytes = (NpgsqlRawCopyStream)text.BaseStream;
            bytes.ReadTimeout = Timeout.Infinite;
            return (bytes, () => new ValueTask(bytes.CancelAsync()));
        }

        NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(sql, cancellationToken).ConfigureAwait(false);
        copy.ReadTimeout = Timeout.Infinite;
        return (copy, () => new ValueTask(copy.CancelAsync()));
    }

    /// <summary>Reads one block; true behind the last byte.</summary>
    private static async Task<bool> BlockAsync(Stream copy, ChunkFile file, Action<int> progress, CancellationToken cancellationToken)
    {
        byte[] data = ArrayPool<byte>.Shared.Rent(BlockBytes);
        int count = 0;
        int read = 1;
        // Each read answers with one row at most, so the loop is tight.
        while (count < BlockBytes && (read = await copy.ReadAsync(data.AsMemory(count, BlockBytes - count), cancellationToken).ConfigureAwait(false)) > 0)
            count += read;
        if (count == 0)
        {
            ArrayPool<byte>.Shared.Return(data);
            return true;
        }

        await file.AddAsync(new CopyBlock(data, count), cancellationToken).ConfigureAwait(false);
        progress(count);
        return read == 0;
    }

    private static async ValueTask StopAsync(Func<ValueTask> cancel)
    {
        try
        {
            await cancel().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Nothing was changed there, and the connection is closed right after.
        }
    }

    private static async ValueTask CloseAsync(Stream copy, bool isRead)
    {
        try
        {
            await copy.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (!isRead && exception is NpgsqlException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The failure that matters is the one that led here.
        }
    }
}
