using System.Text.Json;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>Reads checkpoints out of the ledger.</summary>
internal static class Checkpoints
{
    private const string Sql =
        """
        SELECT DISTINCT ON (t.schema_name, t.table_name)
            t.schema_name, t.table_name,
            CASE WHEN t.status = 'Loaded' AND t.table_oid IS DISTINCT FROM coalesce(live.id, 0) THEN 'Undone' ELSE t.status END, t.phase, t.mode, t.source, c.chunks, c.rows, c.bytes, t.total_rows, t.total_bytes,
            t.stage_name, coalesce(pg_total_relation_size(s.oid), 0), kept.names, t.started_at, t.finished_at, t.run_id, t.load_id, t.fingerprint::text,
            EXISTS (SELECT FROM pg_locks, hashtextextended('lakebase_ops.load_table ' || quote_ident(t.schema_name) || '.' || quote_ident(t.table_name), 0) key
                    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND (classid::bigint << 32 | objid::bigint) = key),
            ARRAY(SELECT index_name FROM lakebase_ops.load_index x WHERE x.load_id = t.load_id ORDER BY index_name),
            c.rejected, (SELECT count(*)::int FROM lakebase_ops.load_pending p WHERE p.load_id = t.load_id),
            EXISTS (SELECT FROM lakebase_ops.load_input i WHERE i.load_id = t.load_id AND NOT is_cut)
        FROM lakebase_ops.load_table t
        LEFT JOIN pg_class s ON s.oid = t.stage_oid AND t.status = 'Loading'
        CROSS JOIN LATERAL (SELECT count(*)::int AS chunks, coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(bytes), 0)::bigint AS bytes, coalesce(sum(rejected), 0)::bigint AS rejected
            FROM lakebase_ops.load_chunk k WHERE k.load_id = t.load_id) c
        CROSS JOIN LATERAL (SELECT to_regclass(format('%I.%I', t.schema_name, t.table_name))::oid AS id) live
        CROSS JOIN LATERAL (SELECT array_agg(k.kept_name ORDER BY k.kept_at DESC) AS names FROM lakebase_ops.kept_table k
            JOIN pg_class o ON o.oid = k.kept_oid AND o.relname = k.kept_name
            WHERE k.schema_name = t.schema_name AND k.table_name = t.table_name) kept
        ORDER BY t.schema_name, t.table_name, t.status = 'Loading' DESC, t.table_oid IS NOT DISTINCT FROM live.id DESC, t.finished_at DESC
        """;

    /// <summary>The latest load of each table that a pattern asks for, by schema and name.</summary>
    public static async Task<IReadOnlyList<LakebaseCheckpoint>> ListAsync(
        PostgresSession session, IReadOnlyList<string>? patterns, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (!await LedgerSchema.ExistsAsync(connection, cancellationToken).ConfigureAwait(false))
                return [];
            List<LakebaseCheckpoint> found = [];
            using NpgsqlCommand command = new(Sql, connection);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    LakebaseCheckpoint checkpoint = Read(row, session.Name);
                    if (patterns is not { Count: > 0 } || patterns.Any(pattern => IsWanted(pattern, checkpoint.Table)))
                        found.Add(checkpoint);
                }
            }

            return found;
        }
    }

    /// <summary>The chunks of a load.</summary>
    public static async Task<IReadOnlyList<LakebaseChunk>> ChunksAsync(PostgresSession session, Guid loadId, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using NpgsqlCommand command = new(
                """
                SELECT input, range_from, range_to, rows, rejected, bytes, encoding, content_hash, loader, loaded_at
                FROM lakebase_ops.load_chunk WHERE load_id = $1
                UNION ALL
                SELECT input, range_from, range_to, 0, 0, 0, NULL, NULL, NULL, NULL FROM lakebase_ops.load_pending WHERE load_id = $1
                ORDER BY input, range_from
                """, connection)
            {
                Parameters = { new() { Value = loadId } },
            };
            List<LakebaseChunk> chunks = [];
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    bool loaded = !row.IsDBNull(9);
                    chunks.Add(new LakebaseChunk
                    {
                        Input = row.GetInt32(0),
                        From = row.GetInt64(1),
                        To = row.GetInt64(2),
                        Status = loaded ? "Loaded" : "Pending",
                        Rows = row.GetInt64(3),
                        Rejected = row.GetInt64(4),
                        Bytes = row.GetInt64(5),
                        Encoding = loaded ? row.GetString(6) : null,
                        ContentHash = loaded ? row.GetString(7) : null,
                        Loader = row.IsDBNull(8) ? null : row.GetString(8),
                        LoadedAt = loaded ? row.GetFieldValue<DateTimeOffset>(9) : null,
                    });
                }
            }

            return chunks;
        }
    }

    /// <summary>True when a name or pattern means the table.</summary>
    public static bool IsWanted(string pattern, string table) => Wildcard.IsPattern(pattern)
        ? Wildcard.Matches(pattern.Contains('.', StringComparison.Ordinal) ? pattern : "public." + pattern, table)
        : TableName.Parse(pattern) == TableName.Parse(table);

    private static LakebaseCheckpoint Read(NpgsqlDataReader row, string session)
    {
        TableName table = new(row.GetString(0), row.GetString(1));
        bool loaded = row.GetString(2) != "Loading";
        string[] kept = row.IsDBNull(13) ? [] : row.GetFieldValue<string[]>(13);
        (int chunks, long rows, long bytes) = (row.GetInt32(6), row.GetInt64(7), row.GetInt64(8));
        double? share = !row.IsDBNull(9) ? (double)rows / Math.Max(1, row.GetInt64(9))
            : !row.IsDBNull(10) ? (double)bytes / Math.Max(1, row.GetInt64(10)) : null;
        bool complete = Enum.Parse<LoadPhase>(row.GetString(3)) > LoadPhase.Load;
        return new LakebaseCheckpoint
        {
            Table = table.ToString(),
            Session = session,
            Status = loaded ? row.GetString(2) : row.GetBoolean(19) ? "Running" : "Interrupted",
            Phase = row.GetString(3),
            Mode = row.GetString(4),
            Source = row.GetString(5),
            ChunksDone = chunks,
            // Exact once all is cut, else estimated from what is done.
            ChunksLeft = complete ? 0 : row.GetInt32(22) > 0 && !row.GetBoolean(23) ? row.GetInt32(22)
                : share is > 0 and double part ? (int)Math.Ceiling(chunks / part - chunks) : null,
            Rejected = row.GetInt64(21),
            Rows = rows,
            PercentDone = complete ? 100 : share * 100,
            StageTable = loaded || row.IsDBNull(11) ? null : (table with { Name = row.GetString(11) }).ToString(),
            StageBytes = row.GetInt64(12),
            PreviousTable = kept.Length == 0 ? null : (table with { Name = kept[0] }).ToString(),
            MissingIndexes = row.GetFieldValue<string[]>(20),
            KeptTables = [.. kept.Select(name => (table with { Name = name }).ToString())],
            StartedAt = row.GetFieldValue<DateTimeOffset>(14),
            FinishedAt = row.IsDBNull(15) ? null : row.GetFieldValue<DateTimeOffset>(15),
            RunId = row.GetGuid(16),
            LoadId = row.GetGuid(17),
            Fingerprint = JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(18))!,
        };
    }
}
