using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Volumes;
using LakebaseOps.Operations;
using LakebaseOps.Reports;
using Npgsql;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Export-LakebaseDump.</summary>
[Command("Export-LakebaseDump", Writes = true)]
public sealed class ExportDumpOperation(LakebaseSession session, ExportDumpOptions options) : Operation
{
    // Rows can take more space than the table does, whose long values are packed.
    private const long MostVolumeBytes = 1L << 30;

    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <summary>Who reads the definition; null for who the options say.</summary>
    internal IDefinitionReader? Reader { get; init; }

    /// <summary>Stands between the rows and their files; for tests.</summary>
    internal Func<Stream, Stream>? Through { get; init; }

    /// <summary>Finds the place that a path names.</summary>
    internal Func<string, DumpStore> Stores { get; init; } = DumpStore.Of;

    private DumpContent Content => options.SchemaOnly ? DumpContent.SchemaOnly : options.DataOnly ? DumpContent.DataOnly : DumpContent.All;

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        Check();
        DumpStore store = Stores(options.Path);
        if (await store.ObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
            throw obstacle;
        NpgsqlDataSource source = Connections();
        await using (source.ConfigureAwait(false))
        {
            DumpSnapshot snapshot = await TakeAsync(source, cancellationToken).ConfigureAwait(false);
            await using (snapshot.ConfigureAwait(false))
            {
                IReadOnlyList<DumpTable> tables = Content == DumpContent.SchemaOnly ? [] : snapshot.Definition.Tables;
                return new OperationPlan(store.Path, string.Create(CultureInfo.InvariantCulture,
                    $"Dump {snapshot.Definition.Objects.Count} objects and the rows of {tables.Count} tables ({Quantity.Bytes(tables.Sum(table => table.TotalBytes))}) of '{_session.Database}'"))
                { Steps = [.. tables.Select(table => $"{table.Table}: {Quantity.Bytes(table.TotalBytes)}")] };
            }
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        Check();
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        using DumpTarget target = await DumpTarget.OpenAsync(Stores(options.Path), options, Through, cancellationToken).ConfigureAwait(false);
        NpgsqlDataSource source = Connections();
        await using (source.ConfigureAwait(false))
        {
            DumpSnapshot snapshot = await TakeAsync(source, cancellationToken).ConfigureAwait(false);
            await using (snapshot.ConfigureAwait(false))
            {
                ManifestSelection selection = new() { Content = Content, Schemas = options.Schema ?? [], Tables = options.Table ?? [] };
                (DumpManifest manifest, int kept, long rows) = await Writing(target.Folder, () => DumpAsync(target, snapshot, selection, sink, cancellationToken)).ConfigureAwait(false);
                await sink.EmitAsync(Result(manifest, target.Folder, kept, rows, startedAt, Stopwatch.GetElapsedTime(start)), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<(DumpManifest Manifest, int Kept, long Rows)> DumpAsync(
        DumpTarget target, DumpSnapshot snapshot, ManifestSelection selection, IOperationSink sink, CancellationToken cancellationToken)
    {
        IReadOnlyList<JournalChunk> kept = await DumpResume.BeginAsync(target, snapshot, selection, options, sink, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DumpTable> tables = Content == DumpContent.SchemaOnly ? [] : snapshot.Definition.Tables;
        ServerBound.Check(
            // As text they are names, which other programs may want.
            options.DataFormat == DumpDataFormat.Csv ? [.. tables.Select(table => table with { NameColumns = [] })] : tables,
            "Leave those tables out, make the columns text, or dump with -DataFormat Csv, where they are names; such a dump cannot be restored by LakebaseOps.", sink.Warn);
        await target.AssignAsync(tables, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ChunkWork> work = ChunkPlan.Cut(tables, kept.ToLookup(chunk => chunk.Table, chunk => chunk.Chunk), options.ChunkBytes);
        DumpProgress progress = new(_session.Database, work, sink);
        IReadOnlyList<JournalChunk> read;
        try
        {
            read = await new ExportStreams(snapshot, target, progress, sink).RunAsync(work, Streams(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            progress.Complete();
        }

        await snapshot.ProveAsync(cancellationToken).ConfigureAwait(false);
        DumpManifest manifest = await DumpWriter.CompleteAsync(target, snapshot, options, selection, [.. kept, .. read], cancellationToken).ConfigureAwait(false);
        if (!manifest.Consistent)
            sink.Warn($"The dump in '{target.Folder}' is of more than one moment: {kept.Count} chunks were kept of an earlier snapshot.");
        foreach (string left in manifest.Left)
            sink.Trace($"Not carried: {left}");
        return (manifest, kept.Count, read.Sum(chunk => chunk.Chunk.Rows));
    }

    private DumpResult Result(DumpManifest manifest, string folder, int kept, long rows, DateTimeOffset startedAt, TimeSpan duration)
    {
        long data = manifest.Tables.Sum(table => table.Chunks.Sum(chunk => chunk.Bytes));
        long stored = manifest.Tables.Sum(table => table.Chunks.Sum(chunk => chunk.StoredBytes));
        return new DumpResult
        {
            Path = folder,
            Session = _session.Name,
            Database = _session.Database,
            Objects = manifest.Objects.Count,
            Tables = manifest.Tables.Count,
            Rows = manifest.Tables.Sum(table => table.Rows),
            Chunks = manifest.Tables.Sum(table => table.Chunks.Count),
            ChunksKept = kept,
            DataBytes = data,
            StoredBytes = stored,
            Ratio = stored == 0 ? 1 : (double)data / stored,
            Consistent = manifest.Consistent,
            Snapshot = manifest.Source.Snapshot,
            Lsn = manifest.Source.Lsn,
            Left = manifest.Left,
            Seal = manifest.Seal,
            StartedAt = startedAt,
            Duration = duration,
            RowsPerSecond = rows / Math.Max(1e-3, duration.TotalSeconds),
        };
    }

    private Task<DumpSnapshot> TakeAsync(NpgsqlDataSource source, CancellationToken cancellationToken) => DumpSnapshot.TakeAsync(
        _session, source, Reader ?? DefinitionReaders.Choose(options.Method, _session),
        new DumpSelection { Schemas = options.Schema ?? [], Tables = options.Table ?? [] }, cancellationToken);

    private NpgsqlDataSource Connections() => _session.CreateDataSource(static settings =>
    {
        settings.Pooling = false;
        settings.ReadBufferSize = 256 * 1024;
        settings.ApplicationName = "LakebaseOps dump";
        settings.CommandTimeout = 0;
        // The snapshot's connection idles while rows are read; what lies between must not forget it.
        settings.KeepAlive = 30;
    });

    private int Streams() => options.ThrottleLimit ?? Math.Clamp(Environment.ProcessorCount, 2, 8);

    private void Check()
    {
        if (string.IsNullOrEmpty(options.Path))
            throw Invalid("No folder was given.", "Give -Path.");
        if (options.SchemaOnly && options.DataOnly)
            throw Invalid("-SchemaOnly and -DataOnly exclude each other.", "Give one of them or none.");
        if (options.ChunkBytes < 8192 || options.ThrottleLimit < 1)
            throw Invalid("-ChunkBytes must be 8192 or more and -ThrottleLimit 1 or more.", "Leave them out for what is usually best.");
        if (VolumePath.Is(options.Path) && options.ChunkBytes > MostVolumeBytes)
            throw Invalid("-ChunkBytes must be 1 GB at most for a volume, which takes no file of more than 5 GB.", "Leave it out for what is usually best.");
    }

    private static LakebaseException Invalid(string reason, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, reason) { Remedy = remedy }.ToException();

    // A full disk is told from a lost connection: there, an IOException is never bare.
    private static async Task<T> Writing<T>(string folder, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LakebaseError error = ErrorTranslator.Writing(exception, folder);
            throw (error with { Remedy = $"{error.Remedy} What was written is kept: run it again with the same -Path to go on." }).ToException();
        }
    }
}
