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
    /// <summary>$1 and $2 the table, $3 the kept one's name or null. Only tables that are still there, the one put aside last first.</summary>
    private const string FindSql =
        """
        SELECT k.kept_oid, k.kept_name, k.parts::text FROM lakebase_ops.kept_table k
        JOIN pg_class c ON c.oid = k.kept_oid AND c.relname = k.kept_name JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = k.schema_name
        WHERE k.schema_name = $1 AND k.table_name = $2 AND ($3::text IS NULL OR k.kept_name = $3) ORDER BY k.kept_at DESC
        """;

    /// <summary>The table itself.</summary>
    public required uint Oid { get; init; }

    /// <summary>The name it is kept under.</summary>
    public required TableName Name { get; init; }

    /// <summary>Its parts, with the names they had.</summary>
    public required IReadOnlyList<RenamedPart> Parts { get; init; }

    /// <summary>The kept predecessors of a table that are still there, the one put aside last first.</summary>
    public static async Task<IReadOnlyList<KeptTable>> ListAsync(
        NpgsqlConnection connection, TableName table, string? name, CancellationToken cancellationToken)
    {
        if (!await LedgerSchema.ExistsAsync(connection, cancellationToken).ConfigureAwait(false))
            return [];
        List<KeptTable> found = [];
        using NpgsqlCommand command = new(FindSql, connection)
        {
            Parameters = { new() { Value = table.Schema }, new() { Value = table.Name }, new NpgsqlParameter<string?> { TypedValue = name } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                found.Add(new KeptTable
                {
                    Oid = row.GetFieldValue<uint>(0),
                    Name = table with { Name = row.GetString(1) },
                    Parts = JsonSerializer.Deserialize<List<RenamedPart>>(row.GetString(2))!,
                });
            }
        }

        return found;
    }

    /// <summary>Notes, in the caller's transaction, that a table has been put aside.</summary>
    public static async Task AddAsync(
        NpgsqlConnection connection, TableName table, KeptTable kept, CancellationToken cancellationToken)
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
                new() { Value = kept.Oid, NpgsqlDbType = NpgsqlDbType.Oid }, new() { Value = table.Schema }, new() { Value = table.Name },
                new() { Value = kept.Name.Name }, new() { Value = JsonSerializer.Serialize(kept.Parts) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Strikes out, in the caller's transaction, a table that is no longer aside.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("DELETE FROM lakebase_ops.kept_table WHERE kept_oid = $1", connection)
        {
            Parameters = { new() { Value = oid, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
