using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Caching;

/// <summary>
/// Takes the blocks of relations out of shared buffers: one by one where the server can (17 and newer), else by
/// filling the buffers with others until none of them is left.
/// </summary>
internal sealed class CacheEviction(NpgsqlConnection connection, CacheExtension buffers, CacheExtension prewarm) : IAsyncDisposable
{
    // Each pass makes every buffer that was not used meanwhile one step older; five steps are the most there are.
    private const int MostPasses = 16;

    private string? _filler;

    /// <summary>How it is done, for people.</summary>
    public string Method => HasFunction ? "pg_buffercache_evict" : "reading other blocks";

    private bool HasFunction => connection.PostgreSqlVersion.Major >= 17;

    /// <summary>Takes them out; the state that is left.</summary>
    public async Task<CacheResidency> RunAsync(IReadOnlyList<CacheRelation> relations, CancellationToken cancellationToken)
    {
        // A block that was changed and not written cannot go.
        await ExecuteAsync("CHECKPOINT", cancellationToken).ConfigureAwait(false);
        CacheResidency left;
        int passes = 0;
        do
        {
            if (HasFunction)
                await EvictAsync(relations, cancellationToken).ConfigureAwait(false);
            else
                await FillAsync(cancellationToken).ConfigureAwait(false);
            left = await CacheResidency.ReadAsync(connection, relations, buffers, cancellationToken).ConfigureAwait(false);
        }
        while (left.Bytes?.Values.Sum() > 0 && ++passes < MostPasses);
        return left;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_filler is not null && connection.State == System.Data.ConnectionState.Open)
            await ExecuteAsync($"DROP TABLE IF EXISTS {_filler}", CancellationToken.None).ConfigureAwait(false);
        _filler = null;
    }

    private async Task EvictAsync(IReadOnlyList<CacheRelation> relations, CancellationToken cancellationToken)
    {
        // Its result is a boolean in one version and a row in the next; the residency afterwards is what counts.
        NpgsqlCommand command = new(
            $"""
            SELECT count(({buffers.Schema}.pg_buffercache_evict(b.bufferid))::text) FROM {buffers.Schema}.pg_buffercache b
            WHERE b.relfilenode IN (SELECT pg_relation_filenode(oid) FROM unnest($1) oid)
              AND b.reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
            """, connection)
        { Parameters = { new() { Value = relations.Select(relation => relation.Oid).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid } } };
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_filler is null)
        {
            _filler = TableName.Quote($"lakebase_filler_{Guid.NewGuid():N}");
            // Four rows fill a block; unlogged, for nobody will ever read them.
            await ExecuteAsync(
                $"""
                CREATE UNLOGGED TABLE {_filler} (filling text);
                ALTER TABLE {_filler} ALTER COLUMN filling SET STORAGE PLAIN;
                INSERT INTO {_filler} SELECT repeat('x', 1900) FROM generate_series(1, (SELECT setting::bigint * 5 FROM pg_settings WHERE name = 'shared_buffers'))
                """, cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync($"SELECT {prewarm.Schema}.pg_prewarm('{_filler}', 'buffer')", cancellationToken).ConfigureAwait(false);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
