using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>An index as the catalog holds it.</summary>
/// <param name="Oid">Its object id.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsValid">True when queries may use it and every row is in it.</param>
/// <param name="IsUnique">True when duplicates are refused.</param>
/// <param name="IsPrimary">True for the primary key.</param>
/// <param name="Constraint">Name of the constraint it backs, or null.</param>
/// <param name="Clause">What pg_get_indexdef says after the table's name.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="IsBeingBuilt">True while some backend builds it.</param>
internal sealed partial record ExistingIndex(
    uint Oid, string Name, bool IsValid, bool IsUnique, bool IsPrimary, string? Constraint, string Clause, long SizeBytes,
    bool IsBeingBuilt)
{
    private const string Query =
        """
        SELECT i.indexrelid, c.relname, i.indisvalid AND i.indisready AND i.indislive, i.indisunique, i.indisprimary, k.conname,
               right(pg_get_indexdef(i.indexrelid), -length(format('CREATE %sINDEX %I ON %s%I.%I ',
                   CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, c.relname,
                   CASE WHEN c.relkind = 'I' THEN 'ONLY ' ELSE '' END,
                   CASE WHEN t.relpersistence = 't' THEN 'pg_temp' ELSE n.nspname END, t.relname))),
               pg_relation_size(i.indexrelid),
               EXISTS (SELECT FROM pg_stat_progress_create_index p
                       WHERE p.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND p.index_relid = i.indexrelid)
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = @table
        ORDER BY NOT i.indisprimary, c.relname
        """;

    /// <summary>
    /// True for what an interrupted REINDEX CONCURRENTLY leaves beside an index: its unfinished successor (name_ccnew) or what it replaced
    /// (name_ccold), with a number after it where that name was taken.
    /// </summary>
    public bool IsTwin => !IsValid && Constraint is null && Twin().IsMatch(Name);

    /// <summary>The object id of a table.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound.</exception>
    public static async Task<uint> TableOidAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            + "WHERE n.nspname = @schema AND c.relname = @name AND c.relkind IN ('r', 'p', 'm')", connection);
        command.Parameters.AddWithValue("schema", table.Schema);
        command.Parameters.AddWithValue("name", table.Name);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is uint oid
            ? oid
            : throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"There is no table {table}.")
            {
                Target = table.ToString(),
                Remedy = "Check the spelling, the schema and the database of the session; Get-LakebaseTable lists the tables.",
            }.ToException();
    }

    /// <summary>All indexes of a table, the primary key first.</summary>
    public static async Task<IReadOnlyList<ExistingIndex>> ListAsync(
        NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(Query, connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, table);
        List<ExistingIndex> indexes = [];
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                indexes.Add(new ExistingIndex(
                    reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3),
                    reader.GetBoolean(4), reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetString(6),
                    reader.GetInt64(7), reader.GetBoolean(8)));
            }
        }

        return indexes;
    }

    [GeneratedRegex("_cc(new|old)[0-9]*$")]
    private static partial Regex Twin();
}
