using LakebaseOps.Connections;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>Import-LakebaseDump: restores from the folder of a dump.</summary>
[Command("Import-LakebaseDump", Writes = true)]
public sealed class ImportDumpOperation(LakebaseSession session, ImportDumpOptions options) : Operation
{
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <summary>Finds the place that a path names.</summary>
    internal Func<string, DumpStore> Stores { get; init; } = DumpStore.Of;

    /// <summary>From which sizes on a table is worked on in pieces.</summary>
    internal RestoreLimits Limits { get; init; } = new();

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        FolderSource source = await FolderSource.OpenAsync(Stores(options.Path), cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            Restore restore = new(new RestoreRequest(source, options) { Limits = Limits }, _session, new InnerSink());
            await using (restore.ConfigureAwait(false))
            {
                return new OperationPlan(_session.Database, $"Restore the dump in '{options.Path}'")
                { Steps = await restore.DescribeAsync(cancellationToken).ConfigureAwait(false) };
            }
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        FolderSource source = await FolderSource.OpenAsync(Stores(options.Path), cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            Restore restore = new(new RestoreRequest(source, options) { Limits = Limits }, _session, sink);
            await using (restore.ConfigureAwait(false))
                await sink.EmitAsync(await restore.RunAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }
}
