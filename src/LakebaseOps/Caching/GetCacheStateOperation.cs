using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Caching;

/// <summary>Get-LakebaseCacheState.</summary>
[Command("Get-LakebaseCacheState")]
public sealed class GetCacheStateOperation(LakebaseSession session, CacheStateOptions options) : Operation
{
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Table ?? []), "Read what lies in shared buffers"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            (IReadOnlyList<CacheRelation> relations, IReadOnlyList<TableName> missing) =
                await CacheRelation.ListAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
            foreach (TableName table in missing)
                sink.Fail(MissingTable.Error(table));
            CacheExtension extension = await CacheExtension
                .FindAsync(connection, CacheExtension.BufferCache, install: false, cancellationToken).ConfigureAwait(false);
            CacheResidency residency = await CacheResidency
                .ReadAsync(connection, relations, extension, cancellationToken).ConfigureAwait(false);
            if (residency.Bytes is null)
                sink.Warn($"What lies in the cache is {residency.Evidence}.");
            foreach (CacheRelation relation in relations)
                await sink.EmitAsync(residency.State(relation, _session), cancellationToken).ConfigureAwait(false);
        }
    }
}
