using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing.Advice;

/// <summary>What the catalog and the statistics know of a valid index.</summary>
internal sealed record IndexFacts
{
    private const string Query =
        """
        SELECT c.relname, i.indisunique, EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) OR i.indisprimary OR i.indisreplident OR i.indisexclusion,
               i.indexprs IS NULL, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
               ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY key(num, n)
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.num WHERE key.n <= i.indnkeyatts ORDER BY key.n),
               ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY key(num, n)
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.num WHERE key.n > i.indnkeyatts ORDER BY a.attname COLLATE "C"),
               ARRAY(SELECT concat_ws(' ', key.num, i.indclass[key.n::int - 1], i.indcollation[key.n::int - 1], i.indoption[key.n::int - 1])
                     FROM unnest(i.indkey::int2[]) WITH ORDINALITY key(num, n) WHERE key.n <= i.indnkeyatts ORDER BY key.n),
               pg_relation_size(i.indexrelid), coalesce(s.idx_scan, 0), m.amname
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am m ON m.oid = c.relam
        LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
        WHERE i.indrelid = $1 AND i.indisvalid AND i.indisready AND i.indislive AND c.relkind = 'i'
        ORDER BY NOT i.indisprimary, c.relname
        """;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>True when duplicates are refused.</summary>
    public required bool IsUnique { get; init; }

    /// <summary>True when a constraint, a foreign key or replication needs it.</summary>
    public required bool IsNeeded { get; init; }

    /// <summary>True when its keys are columns, not expressions.</summary>
    public required bool IsOfColumns { get; init; }

    /// <summary>Its condition; empty for all rows.</summary>
    public required string Predicate { get; init; }

    /// <summary>Columns of the key.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>Columns that it carries besides.</summary>
    public required IReadOnlyList<string> Included { get; init; }

    /// <summary>Each key with operator class, collation and direction; equal ones are interchangeable.</summary>
    public required IReadOnlyList<string> KeyShapes { get; init; }

    /// <summary>Its size.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Scans since the statistics began.</summary>
    public required long Scans { get; init; }

    /// <summary>Its access method.</summary>
    public required string Method { get; init; }

    /// <summary>All valid indexes of a table, the primary key first.</summary>
    public static async Task<IReadOnlyList<IndexFacts>> ListAsync(NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(Query, connection)
        {
            Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        List<IndexFacts> indexes = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                indexes.Add(new IndexFacts
                {
                    Name = row.GetString(0),
                    IsUnique = row.GetBoolean(1),
                    IsNeeded = row.GetBoolean(2),
                    IsOfColumns = row.GetBoolean(3),
                    Predicate = row.GetString(4),
                    Keys = row.GetFieldValue<string[]>(5),
                    Included = row.GetFieldValue<string[]>(6),
                    KeyShapes = row.GetFieldValue<string[]>(7),
                    SizeBytes = row.GetInt64(8),
                    Scans = row.GetInt64(9),
                    Method = row.GetString(10),
                });
            }
        }

        return indexes;
    }
}
