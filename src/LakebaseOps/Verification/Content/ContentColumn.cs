using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification.Content;

/// <summary>A column as two servers can compare it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type under any domain, without length or scale, as format_type writes it.</param>
/// <param name="Function">The hash function of that very type; null where SQL cannot call it by itself.</param>
/// <param name="HasEquality">False where values are compared by their text: no equality, or one that hangs on this server's numbers.</param>
/// <param name="IsCollatable">Whether it has a collation.</param>
/// <param name="FollowsLanguage">Whether its collation calls different texts equal; libraries of different versions disagree on which.</param>
internal sealed record ContentColumn(string Name, string Type, string? Function, bool HasEquality, bool IsCollatable, bool FollowsLanguage)
{
    // Enums and composites are left out: their hash is made of numbers that each database gives out itself.
    private const string Query =
        """
        SELECT a.attname::text, format_type(b.oid, NULL), CASE
                 WHEN n.nspname <> 'pg_catalog' THEN NULL
                 WHEN t.typname IN ('text', 'varchar') THEN 'hashtextextended' WHEN t.typname = 'bpchar' THEN 'hashbpcharextended'
                 WHEN t.typname = 'int2' THEN 'hashint2extended' WHEN t.typname = 'int4' THEN 'hashint4extended'
                 WHEN t.typname = 'int8' THEN 'hashint8extended' WHEN t.typname = 'float4' THEN 'hashfloat4extended'
                 WHEN t.typname = 'float8' THEN 'hashfloat8extended' WHEN t.typname = 'numeric' THEN 'hash_numeric_extended'
                 WHEN t.typname = 'uuid' THEN 'uuid_hash_extended' WHEN t.typname = 'timestamp' THEN 'timestamp_hash_extended'
                 WHEN t.typname = 'time' THEN 'time_hash_extended' WHEN t.typname = 'interval' THEN 'interval_hash_extended'
                 WHEN t.typname = 'jsonb' THEN 'jsonb_hash_extended' WHEN t.typname IN ('inet', 'cidr') THEN 'hashinetextended' END,
               n.nspname = 'pg_catalog' AND coalesce(e.typname, t.typname) IN (
                 'bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'text', 'varchar', 'bpchar', 'bytea', 'uuid', 'date', 'time',
                 'timetz', 'timestamp', 'timestamptz', 'interval', 'jsonb', 'inet', 'cidr', 'macaddr', 'macaddr8', 'name', 'char', 'pg_lsn'),
               a.attcollation <> 0, coalesce(NOT l.collisdeterministic, false)
        FROM pg_attribute a
        CROSS JOIN LATERAL (
            WITH RECURSIVE base (oid) AS (
                SELECT a.atttypid UNION ALL SELECT d.typbasetype FROM base JOIN pg_type d ON d.oid = base.oid WHERE d.typtype = 'd')
            SELECT base.oid FROM base JOIN pg_type d ON d.oid = base.oid WHERE d.typtype <> 'd') b
        JOIN pg_type t ON t.oid = b.oid
        JOIN pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE a.attrelid = @table AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    /// <summary>The columns of a table, in its order.</summary>
    public static async Task<IReadOnlyList<ContentColumn>> ListAsync(NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(Query, connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, table);
        List<ContentColumn> columns = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                columns.Add(new ContentColumn(
                    row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetBoolean(3), row.GetBoolean(4), row.GetBoolean(5)));
            }
        }

        return columns;
    }

    /// <summary>True when the hash follows the bytes of a text instead of the type's own idea of what is equal.</summary>
    public bool IsByText => !HasEquality || FollowsLanguage;

    /// <summary>Whether values of both columns hash alike when they are equal.</summary>
    public bool Compares(ContentColumn other) => Plain(Type) == Plain(other.Type);

    /// <summary>SQL of a 64-bit hash of some columns: equal values give equal hashes, whatever server computes them.</summary>
    /// <param name="columns">The columns; the place of each is part of the hash.</param>
    public static string Hash(IReadOnlyList<ContentColumn> columns)
    {
        List<string> parts = [];
        List<string> others = [];
        for (int i = 0; i < columns.Count; i++)
        {
            if (columns[i].Call(i + 1) is string call)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"coalesce({call}, {0x1E3779B97F4A7C15 ^ ((long)(i + 1) << 40)})"));
            else
                others.Add(columns[i].Plain());
        }

        // Seldom ones together: a record costs more to make than the hash of any of its fields.
        if (others.Count > 0)
            parts.Add($"hash_record_extended(ROW({string.Join(", ", others)}), 0)");
        // Mixed at the end: sums of what is merely joined by # could not tell two rows that have swapped values from what they were.
        return $"hashint8extended({string.Join(" # ", parts)}, 4711)";
    }

    /// <summary>The function's call with a seed of its place; null where the type has none that SQL can call.</summary>
    private string? Call(int seed)
    {
        string name = TableName.Quote(Name);
        string? call = this switch
        {
            { HasEquality: false } => $"hashtextextended({name}::text COLLATE \"C\"",
            { Function: "hashtextextended" or "hashbpcharextended" } => $"{Function}({name} COLLATE \"C\"",
            { Function: not null } => $"{Function}({name}",
            { Type: "timestamp with time zone" } => $"timestamp_hash_extended({name} AT TIME ZONE 'UTC'",
            { Type: "boolean" } => $"hashint4extended({name}::int4",
            _ => null,
        };
        return call is null ? null : string.Create(CultureInfo.InvariantCulture, $"{call}, {seed})");
    }

    private string Plain() => IsCollatable ? $"{TableName.Quote(Name)} COLLATE \"C\"" : TableName.Quote(Name);

    private static string Plain(string type) => type == "character varying" ? "text" : type;
}
