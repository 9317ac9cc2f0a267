using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Caching;

/// <summary>How many bytes of each relation lie in shared buffers at one moment, or why that cannot be known.</summary>
/// <param name="Bytes">Bytes by object id; null when it cannot be known.</param>
/// <param name="Evidence">"pg_buffercache", or what is missing.</param>
internal sealed record CacheResidency(IReadOnlyDictionary<uint, long>? Bytes, string Evidence)
{
    /// <summary>Counts the buffers of all relations in one pass over the buffer descriptors.</summary>
    public static async Task<CacheResidency> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<CacheRelation> relations, CacheExtension extension, CancellationToken cancellationToken)
    {
        if (extension.Schema is null)
            return new CacheResidency(null, $"not proved: {extension.Reason}");
        using NpgsqlCommand command = new(
            $"""
            SELECT r.oid, count(b.bufferid) * current_setting('block_size')::bigint
            FROM unnest(@oids) r(oid)
            LEFT JOIN {extension.Schema}.pg_buffercache b ON b.relfilenode = pg_relation_filenode(r.oid) AND b.relforknumber = 0
              AND b.reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
            GROUP BY r.oid
            """, connection);
        command.Parameters.AddWithValue("oids", NpgsqlDbType.Array | NpgsqlDbType.Oid, relations.Select(relation => relation.Oid).ToArray());
        Dictionary<uint, long> bytes = [];
        try
        {
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    bytes.Add(row.GetFieldValue<uint>(0), row.GetInt64(1));
            }
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return new CacheResidency(null, "not proved: pg_buffercache is refused to this role; grant it pg_monitor");
        }

        return new CacheResidency(bytes, CacheExtension.BufferCache);
    }

    /// <summary>The state of a relation.</summary>
    public CacheState State(CacheRelation relation, LakebaseSession session) => new()
    {
        Table = relation.Table.ToString(),
        Relation = relation.Name,
        Kind = relation.Kind,
        SizeBytes = relation.SizeBytes,
        CachedBytes = Of(relation),
        Evidence = Evidence,
        Session = session.Name,
    };

    /// <summary>Bytes of a relation, or null.</summary>
    public long? Of(CacheRelation relation) => Bytes is null ? null : Bytes.TryGetValue(relation.Oid, out long bytes) ? bytes : 0;
}
