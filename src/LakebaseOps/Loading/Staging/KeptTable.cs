using System.Text.Json;
using LakebaseOps.Loading.Ledger;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// A table that a swap or an undo has put aside, as the database's own record of it knows it: enough to put it back under its
/// old name with its parts under theirs. It outlives the load's own entry, and ends with the table.
/// </summary>
internal sealed record KeptTable
{
    /// <summary>Only tables that are still there, by table, the one put aside last first.</summary>
    private const string ListSql =
        """
        SELECT k.kept_oid, k.kept_name, k.parts::text, k.schema_name, k.table_name, k.kept_at, pg_total_relation_size(c.oid) FROM lakebase_ops.kept_table k
        JOIN pg_class c ON c.oid = k.kept_oid AND c.relname = k.kept_name JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = k.schema_name
        ORDER BY k.schema_name, k.table_name, k.kept_at DESC
        """;

    /// <summary>The table that it was.</summary>
    public required TableName Table { get; init; }

    /// <summary>The table itself.</summary>
    public required uint Oid { get; init; }

    /// <summary>The name it is kept under.</summary>
    public required TableName Name { get; init; }

    /// <summary>Its parts, with the names they had.</summary>
    public required IReadOnlyList<RenamedPart> Parts { get; init; }

    /// <summary>When it was put aside.</summary>
    public DateTimeOffset KeptAt { get; init; }

    /// <summary>Bytes that it occupies with its indexes.</summary>
    public long Bytes { get; init; }

    /// <summary>All kept tables that are still there, by table, the one put aside last first.</summary>
    public static async Task<IReadOnlyList<KeptTable>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await LedgerSchema.ExistsAsync(connection, cancellationToken).ConfigureAwait(false))
            return [];
        List<KeptTable> found = [];
        using NpgsqlCommand command = new(ListSql, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                TableName table = new(row.GetString(3), row.GetString(4));
                found.Add(new KeptTable
                {
                    Table = table,
                    Oid = row.GetFieldValue<uint>(0),
                    Name = table with { Name = row.GetString(1) },
                    Parts = JsonSerializer.Deserialize<List<RenamedPart>>(row.GetString(2))!,
                    KeptAt = row.GetFieldValue<DateTimeOffset>(5),
                    Bytes = row.GetInt64(6),
                });
            }
        }

        return found;
    }

    /// <summary>Notes, in the caller's transaction, that a table has been put aside.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, KeptTable kept, CancellationToken cancellationToken)
    {
        // A record whose table was dropped by hand must not stand in the way of a new table with the same object id.
        using NpgsqlCommand command = new(
            """
            INSERT INTO lakebase_ops.kept_table (kept_oid, schema_name, table_name, kept_name, parts) VALUES ($1, $2, $3, $4, $5::jsonb)
            ON CONFLICT (kept_oid) DO UPDATE SET schema_name = $2, table_name = $3, kept_name = $4, parts = $5::jsonb, kept_at = clock_timestamp()
            """, connection)
        {
            Parameters =
            {
                new() { Value = kept.Oid, NpgsqlDbType = NpgsqlDbType.Oid }, new() { Value = kept.Table.Schema }, new() { Value = kept.Table.Name },
                new() { Value = kept.Name.Name }, new() { Value = JsonSerializer.Serialize(kept.Parts) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Strikes out, in the caller's transaction, a table that is no longer aside; false when it was struck out before.</summary>
    public static async Task<bool> RemoveAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("DELETE FROM lakebase_ops.kept_table WHERE kept_oid = $1", connection)
        {
            Parameters = { new() { Value = oid, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) > 0;
    }
}
