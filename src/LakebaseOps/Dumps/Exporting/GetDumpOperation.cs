using LakebaseOps.Dumps.Folders;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Get-LakebaseDump.</summary>
[Command("Get-LakebaseDump")]
public sealed class GetDumpOperation(GetDumpOptions options) : Operation
{
    /// <summary>Finds the place that a path names.</summary>
    internal Func<string, DumpStore> Stores { get; init; } = DumpStore.Of;

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Path), "Read the manifest"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (string path in options.Path)
        {
            DumpInfo info;
            try
            {
                info = Describe(await DumpFolder.OpenAsync(Stores(path), cancellationToken).ConfigureAwait(false));
            }
            catch (LakebaseException exception)
            {
                sink.Fail(exception.Error);
                continue;
            }

            await sink.EmitAsync(info, cancellationToken).ConfigureAwait(false);
        }
    }

    private DumpInfo Describe(DumpFolder folder)
    {
        DumpManifest manifest = folder.Manifest;
        IReadOnlyList<ManifestTable> tables = [.. manifest.Tables.Where(table => IsWanted(new TableName(table.Schema, table.Name)))];
        return new DumpInfo
        {
            Path = folder.Path,
            Database = manifest.Source.Database,
            HostName = manifest.Source.Host,
            ServerVersion = manifest.Source.ServerVersion,
            TakenAt = manifest.Source.TakenAt,
            Snapshot = manifest.Source.Snapshot,
            Lsn = manifest.Source.Lsn,
            Consistent = manifest.Consistent,
            Content = manifest.Selection.Content,
            DataFormat = manifest.DataFormat,
            Compression = manifest.Compression,
            Rows = tables.Sum(table => table.Rows),
            DataBytes = tables.Sum(table => table.Chunks.Sum(chunk => chunk.Bytes)),
            StoredBytes = tables.Sum(table => table.Chunks.Sum(chunk => chunk.StoredBytes)),
            Tables = [.. tables.Select(Describe)],
            Objects =
            [
                .. manifest.Objects.Where(one => options.Table is null || (one.Relation is { } relation && IsWanted(relation)))
                    .Select(one => new DumpObjectInfo(one.Section.ToString(), one.Kind, one.Schema, one.Name, one.Owner)),
            ],
            Left = manifest.Left,
            CreatedBy = manifest.CreatedBy,
            Seal = manifest.Seal,
        };
    }

    private static DumpTableInfo Describe(ManifestTable table) => new()
    {
        Table = new TableName(table.Schema, table.Name).ToString(),
        Rows = table.Rows,
        Chunks = table.Chunks.Count,
        DataBytes = table.Chunks.Sum(chunk => chunk.Bytes),
        StoredBytes = table.Chunks.Sum(chunk => chunk.StoredBytes),
        Hash = table.Hash,
        Columns = table.Columns,
    };

    private bool IsWanted(TableName table) => options.Table is null
        || options.Table.Any(pattern => Wildcard.Matches(pattern, table.Name) || Wildcard.Matches(pattern, table.ToString()));
}
