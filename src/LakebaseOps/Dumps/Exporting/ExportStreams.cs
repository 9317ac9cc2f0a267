using System.Collections.Concurrent;
using System.Threading.Channels;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Volumes;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Several connections that take pieces of tables from one queue into files.</summary>
/// <param name="snapshot">What they all see.</param>
/// <param name="target">Where the files go.</param>
/// <param name="progress">Is told how far they are.</param>
/// <param name="sink">Is told of retries.</param>
internal sealed class ExportStreams(DumpSnapshot snapshot, DumpTarget target, DumpProgress progress, IOperationSink sink)
{
    private readonly Channel<(StoreOutput File, JournalChunk Chunk)> _written =
        Channel.CreateBounded<(StoreOutput, JournalChunk)>(new BoundedChannelOptions(16) { SingleReader = true });

    private readonly ConcurrentBag<JournalChunk> _done = [];

    /// <summary>Reads everything; answers with the chunks, whose files and journal are on the disk.</summary>
    public async Task<IReadOnlyList<JournalChunk>> RunAsync(IReadOnlyList<ChunkWork> work, int streams, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ConcurrentQueue<ChunkWork> queue = new(work);
        Task flushing = Guarded(() => FlushAsync(), stop);
        Task[] running = [.. Enumerable.Range(0, Math.Min(streams, work.Count)).Select(_ => Guarded(() => Task.Run(() => StreamAsync(queue, stop.Token), CancellationToken.None), stop))];
        try
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (Exception) when (running.Append(flushing).FirstOrDefault(task => task is { IsFaulted: true }) is { } failed)
        {
            // What was stopped because of the failure is not the failure.
            await failed.ConfigureAwait(false);
        }
        finally
        {
            // What was wholly read before a failure counts: the next call goes on behind it.
            _written.Writer.TryComplete();
            await Task.WhenAny(flushing).ConfigureAwait(false);
        }

        await flushing.ConfigureAwait(false);
        return [.. _done];
    }

    private static async Task Guarded(Func<Task> work, CancellationTokenSource stop)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task StreamAsync(ConcurrentQueue<ChunkWork> queue, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            while (queue.TryDequeue(out ChunkWork? work))
            {
                for (int attempt = 0; ;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    try
                    {
                        connection ??= await snapshot.JoinAsync(cancellationToken).ConfigureAwait(false);
                        await ReadAsync(connection, work, cancellationToken).ConfigureAwait(false);
                        break;
                    }
                    catch (Exception exception) when ((Transient.Is(exception) || VolumeFault.IsPassing(exception)) && !cancellationToken.IsCancellationRequested)
                    {
                        sink.Trace($"{work.Table.Table}: a connection was lost ({exception.Message}); chunk {work.Number} is read again.");
                        if (connection is not null)
                            await connection.DisposeAsync().ConfigureAwait(false);
                        connection = null;
                        if (!await Transient.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false))
                            throw;
                    }
                }
            }
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(NpgsqlConnection connection, ChunkWork work, CancellationToken cancellationToken)
    {
        RowMeter meter = RowMeter.For(target.DataFormat, work.Table.Columns.Count, work.Table.Masks);
        long bytes = 0;
        long weight = 0;
        StoreOutput? file = null;
        try
        {
            string name = target.ChunkName(work);
            (file, Stream output) = target.Create(name);
            using ChunkFile packing = new(output, target.Compression, meter);
            (long stored, byte[] hash) = await new ChunkReader(connection, target.DataFormat).ReadAsync(work, packing, Came, cancellationToken).ConfigureAwait(false);
            await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
            progress.Add(work.Table, 0, work.Bytes - weight);
            progress.End(work.Table, meter.Rows);
            ManifestChunk chunk = new()
            {
                Number = work.Number,
                File = name,
                Codec = target.Compression,
                Rows = meter.Rows,
                Bytes = meter.Bytes,
                StoredBytes = stored,
                Sha256 = SafeFile.Hex(hash),
                Hash = meter.Hash,
                FromPage = work.FromPage,
                ToPage = work.ToPage,
            };
            JournalChunk line = new(work.Table.Table, work.Table.Oid, work.Table.Columns, work.Table.Types, snapshot.Source.Snapshot, chunk);
            await _written.Writer.WriteAsync((file, line), cancellationToken).ConfigureAwait(false);
            file = null;
        }
        catch
        {
            progress.Add(work.Table, -bytes, -weight);
            throw;
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync().ConfigureAwait(false);
        }

        void Came(int count)
        {
            bytes += count;
            long more = Math.Min(count, work.Bytes - weight);
            weight += more;
            progress.Add(work.Table, count, more);
        }
    }

    /// <summary>Puts files onto the disk, and only then into the journal; several at once where several are ready.</summary>
    private async Task FlushAsync()
    {
        List<JournalChunk> lines = [];
        while (await _written.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            lines.Clear();
            while (lines.Count < 64 && _written.Reader.TryRead(out (StoreOutput File, JournalChunk Chunk) next))
            {
                await using (next.File.ConfigureAwait(false))
                    next.File.Keep();
                lines.Add(next.Chunk);
            }

            await target.Journal.AddAsync(lines).ConfigureAwait(false);
            lines.ForEach(_done.Add);
        }
    }
}
