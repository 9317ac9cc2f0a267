using System.Collections.Concurrent;
using System.Diagnostics;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Operations;
using LakebaseOps.Reports;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Test-LakebaseDump.</summary>
[Command("Test-LakebaseDump")]
public sealed class TestDumpOperation(TestDumpOptions options) : Operation
{
    /// <summary>Finds the place that a path names.</summary>
    internal Func<string, DumpStore> Stores { get; init; } = DumpStore.Of;

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Path), "Read every file and compare it with the manifest"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (string path in options.Path)
        {
            try
            {
                await sink.EmitAsync(await CheckAsync(Stores(path), sink, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }
            catch (LakebaseException exception)
            {
                sink.Fail(exception.Error);
            }
        }
    }

    private async Task<DumpCheck> CheckAsync(DumpStore store, IOperationSink sink, CancellationToken cancellationToken)
    {
        string path = store.Path;
        long start = Stopwatch.GetTimestamp();
        DumpFolder folder;
        try
        {
            folder = await DumpFolder.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        }
        catch (LakebaseException damaged) when (damaged.Error.Id == ErrorIds.DumpDamaged)
        {
            // What it names cannot be relied on any more.
            return new DumpCheck { Path = path, Files = 1, Problems = [new DumpProblem(ManifestText.FileName, damaged.Error.Message)], Duration = Stopwatch.GetElapsedTime(start) };
        }

        ConcurrentBag<DumpProblem> problems = [];
        long rows = 0;
        long bytes = 0;
        List<(string File, long Bytes, Func<CancellationToken, Task<long>> Check)> files =
        [
            .. folder.Manifest.Files.Select(file => (file.Name, file.Bytes, (Func<CancellationToken, Task<long>>)(stop => TextAsync(folder, file, stop)))),
            .. folder.Manifest.Tables.SelectMany(table => table.Chunks.Select(chunk =>
                (chunk.File, chunk.StoredBytes, (Func<CancellationToken, Task<long>>)(stop => ChunkAsync(folder, table, chunk, stop))))),
        ];
        long all = files.Sum(file => file.Bytes);
        string activity = $"Checking {path}";
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.ThrottleLimit ?? Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(files, parallel, async (file, stop) =>
            {
                try
                {
                    Interlocked.Add(ref rows, await file.Check(stop).ConfigureAwait(false));
                }
                catch (LakebaseException damaged) when (damaged.Error.Id == ErrorIds.DumpDamaged)
                {
                    problems.Add(new DumpProblem(file.File, damaged.Error.Message));
                }

                long now = Interlocked.Add(ref bytes, file.Bytes);
                sink.Report(new OperationProgress(activity, $"{Quantity.Bytes(now)} of {Quantity.Bytes(all)}") { Percent = all == 0 ? 100 : 100.0 * now / all });
            }).ConfigureAwait(false);
        }
        finally
        {
            sink.Report(new OperationProgress(activity, "") { IsCompleted = true });
        }

        IReadOnlyList<StoreEntry> entries = await store.ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (DumpProblem problem in DumpContents.Problems(folder, files.Select(file => file.File), entries))
            problems.Add(problem);
        return new DumpCheck
        {
            Path = path,
            IsWhole = problems.IsEmpty,
            Files = files.Count + 1,
            Tables = folder.Manifest.Tables.Count,
            Rows = rows,
            CheckedBytes = bytes,
            Problems = [.. problems.OrderBy(problem => problem.File, StringComparer.Ordinal)],
            Duration = Stopwatch.GetElapsedTime(start),
        };
    }

    private static async Task<long> TextAsync(DumpFolder folder, ManifestFile file, CancellationToken cancellationToken)
    {
        (byte[] bytes, string path) = await folder.ReadFileAsync(file.Name, cancellationToken).ConfigureAwait(false);
        foreach (ManifestObject one in folder.Manifest.Objects.Where(one => DumpFiles.Of(one.Section) == file.Name))
            SchemaFiles.Read(one, bytes, path);
        return 0;
    }

    private static async Task<long> ChunkAsync(DumpFolder folder, ManifestTable table, ManifestChunk chunk, CancellationToken cancellationToken)
    {
        ChunkStream rows = await folder.OpenAsync(table, chunk, cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            byte[] buffer = new byte[128 * 1024];
            while (await rows.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
            {
            }
        }

        return chunk.Rows;
    }
}
