using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Caching;

/// <summary>Clear-LakebaseCache.</summary>
[Command("Clear-LakebaseCache", Writes = true)]
public sealed class ClearCacheOperation(LakebaseSession session, ClearCacheOptions options) : Operation
{
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            SandboxFiles? files = await FilesAsync(connection, cancellationToken).ConfigureAwait(false);
            (IReadOnlyList<CacheRelation> relations, _) = await CacheRelation.ListAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
            return new OperationPlan(string.Join(", ", options.Table ?? []), "Take indexes and rows out of the caches")
            {
                Steps =
                [
                    .. relations.Select(relation => $"take {relation.Name} ({relation.SizeBytes:N0} bytes) out of shared buffers"),
                    files is null ? "leave the file cache of the server's machine: it is out of reach" : "drop the relations' files from the file cache",
                ],
            };
        }
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            SandboxFiles? files = await FilesAsync(connection, cancellationToken).ConfigureAwait(false);
            (IReadOnlyList<CacheRelation> relations, IReadOnlyList<TableName> missing) =
                await CacheRelation.ListAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
            foreach (TableName table in missing)
                sink.Fail(MissingTable.Error(table));
            if (relations.Count == 0)
                return;
            CacheTools tools = await CacheTools.OpenAsync(connection, installs: files is not null, isNeeded: true, cancellationToken).ConfigureAwait(false);
            await using (tools.ConfigureAwait(false))
                await ClearAsync(connection, relations, tools, files, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ClearAsync(
        NpgsqlConnection connection, IReadOnlyList<CacheRelation> relations, CacheTools tools, SandboxFiles? files, IOperationSink sink,
        CancellationToken cancellationToken)
    {
        CacheResidency before = await CacheResidency.ReadAsync(connection, relations, tools.Buffers, cancellationToken).ConfigureAwait(false);
        CacheEviction eviction = new(connection, tools.Buffers, tools.Prewarm);
        string by = eviction.Method;
        CacheResidency after;
        await using (eviction.ConfigureAwait(false))
            after = await eviction.RunAsync(relations, cancellationToken).ConfigureAwait(false);
        by += files is null
            ? ", files left in the cache of their machine"
            : $", files {await files.DropAsync(connection, relations, cancellationToken).ConfigureAwait(false)}";
        if (after.Bytes?.Values.Sum() is > 0 and long left)
            sink.Warn($"{left:N0} bytes are still in shared buffers: others read them meanwhile.");
        foreach (CacheRelation relation in relations)
        {
            await sink.EmitAsync(
                after.State(relation, _session) with { CachedBytesBefore = before.Of(relation), ClearedBy = by }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SandboxFiles?> FilesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => options.Force
        ? await SandboxFiles.FindAsync(_session, connection, cancellationToken).ConfigureAwait(false)
        : await SandboxFiles.OfAsync(
            _session, connection, "Take a sandbox (Start-LakebaseSandbox); -Force empties another server's shared buffers too, and slows all who use it until they are warm again.",
            cancellationToken).ConfigureAwait(false);
}
