using System.Text.Json;
using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>Phases in their order.</summary>
internal enum LoadPhase
{
    /// <summary>The stage table is still to be made.</summary>
    Stage,

    /// <summary>Chunks are loaded.</summary>
    Load,

    /// <summary>All rows are in; indexes and foreign keys are built.</summary>
    Index,

    /// <summary>Frozen and analysed.</summary>
    Freeze,

    /// <summary>Counted, then put in the place of the table.</summary>
    Swap,

    /// <summary>Nothing is left.</summary>
    Done,
}

/// <summary>One row of load_table.</summary>
internal sealed record LedgerEntry
{
    private const string Columns =
        "load_id, mode, source, fingerprint::text, status, phase, stage_name, stage_oid, table_oid, previous_name, rows, content_hash, started_at";

    /// <summary>Identifier of the load.</summary>
    public required Guid LoadId { get; init; }

    /// <summary>Replace or Append.</summary>
    public required BulkLoadMode Mode { get; init; }

    /// <summary>Kind of the source.</summary>
    public required string Source { get; init; }

    /// <summary>What the load is of, by name.</summary>
    public required IReadOnlyDictionary<string, string> Fingerprint { get; init; }

    /// <summary>True when it is finished.</summary>
    public bool IsLoaded { get; init; }

    /// <summary>The phase it is in.</summary>
    public LoadPhase Phase { get; init; }

    /// <summary>Name of the stage table within the table's schema.</summary>
    public string? StageName { get; init; }

    /// <summary>The stage table itself.</summary>
    public uint? StageOid { get; init; }

    /// <summary>The finished table itself.</summary>
    public uint? TableOid { get; init; }

    /// <summary>Where the replaced table went.</summary>
    public string? PreviousName { get; init; }

    /// <summary>Rows, once all are in.</summary>
    public long? Rows { get; init; }

    /// <summary>Content hash, once all rows are in.</summary>
    public string? ContentHash { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// The unfinished load of a table, else the one finished last among those of the very table that bears the name now, else
    /// the one finished last, else null.
    /// </summary>
    public static async Task<LedgerEntry?> FindAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"SELECT {Columns} FROM lakebase_ops.load_table WHERE schema_name = $1 AND table_name = $2 "
            + "ORDER BY status = 'Loading' DESC, table_oid IS NOT DISTINCT FROM to_regclass(format('%I.%I', $1, $2))::oid DESC, finished_at DESC LIMIT 1", connection)
        {
            Parameters = { new() { Value = table.Schema }, new() { Value = table.Name } },
        };
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One load.</summary>
    public static async Task<LedgerEntry?> FindAsync(NpgsqlConnection connection, Guid loadId, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT {Columns} FROM lakebase_ops.load_table WHERE load_id = $1", connection)
        {
            Parameters = { new() { Value = loadId } },
        };
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<LedgerEntry?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                return null;
            return new LedgerEntry
            {
                LoadId = row.GetGuid(0),
                Mode = Enum.Parse<BulkLoadMode>(row.GetString(1)),
                Source = row.GetString(2),
                Fingerprint = JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(3))!,
                IsLoaded = row.GetString(4) == "Loaded",
                Phase = Enum.Parse<LoadPhase>(row.GetString(5)),
                StageName = row.IsDBNull(6) ? null : row.GetString(6),
                StageOid = row.IsDBNull(7) ? null : row.GetFieldValue<uint>(7),
                TableOid = row.IsDBNull(8) ? null : row.GetFieldValue<uint>(8),
                PreviousName = row.IsDBNull(9) ? null : row.GetString(9),
                Rows = row.IsDBNull(10) ? null : row.GetInt64(10),
                ContentHash = row.IsDBNull(11) ? null : row.GetString(11),
                StartedAt = row.GetFieldValue<DateTimeOffset>(12),
            };
        }
    }
}
