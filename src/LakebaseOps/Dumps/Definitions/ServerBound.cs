using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>
/// Columns whose values are oids, also within arrays, domains, ranges and composites. Those of regclass and its kind mean an object of
/// their own server: on another one the same number is another object or none. A plain oid is a number whose meaning nobody can tell.
/// </summary>
internal static class ServerBound
{
    private const string Sql =
        """
        WITH RECURSIVE bound (type, names) AS (
            SELECT oid, typname <> 'oid' FROM pg_type
            WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0 AND (typname = 'oid' OR typname LIKE 'reg%')
            UNION
            SELECT holder.type, names FROM bound JOIN (
                SELECT oid AS type, typelem AS part FROM pg_type WHERE typelem <> 0
                UNION ALL SELECT oid, typbasetype FROM pg_type WHERE typtype = 'd'
                UNION ALL SELECT rngtypid, rngsubtype FROM pg_range
                UNION ALL SELECT rngmultitypid, rngtypid FROM pg_range
                UNION ALL SELECT c.reltype, a.atttypid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                    WHERE c.reltype <> 0 AND a.attnum > 0 AND NOT a.attisdropped) AS holder ON holder.part = bound.type)
        SELECT a.attrelid, a.attname::text, bool_or(names) FROM pg_attribute a JOIN bound ON bound.type = a.atttypid
        WHERE a.attrelid = ANY($1::bigint[]::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY a.attrelid, a.attname, a.attnum ORDER BY a.attrelid, a.attnum
        """;

    /// <summary>The tables with what is said of their columns.</summary>
    public static async Task<IReadOnlyList<DumpTable>> MarkAsync(NpgsqlConnection connection, IReadOnlyList<DumpTable> tables, CancellationToken cancellationToken)
    {
        List<(uint Table, string Column, bool Names)> found = [];
        using NpgsqlCommand command = new(Sql, connection) { Parameters = { new() { Value = tables.Select(table => (long)table.Oid).ToArray() } } };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Add((row.GetFieldValue<uint>(0), row.GetString(1), row.GetBoolean(2)));
        }

        ILookup<uint, (uint Table, string Column, bool Names)> byTable = found.ToLookup(one => one.Table);
        return
        [
            .. tables.Select(table => !byTable.Contains(table.Oid) ? table : table with
            {
                NameColumns = [.. byTable[table.Oid].Where(one => one.Names).Select(one => one.Column)],
                OidColumns = [.. byTable[table.Oid].Where(one => !one.Names).Select(one => one.Column)],
            }),
        ];
    }

    /// <summary>Refuses what would become something else, and tells of what may.</summary>
    /// <param name="tables">Tables whose rows are carried.</param>
    /// <param name="remedy">What else could be done.</param>
    /// <param name="warn">Hears of plain oids.</param>
    /// <exception cref="LakebaseException">DumpUnsupported, naming each column.</exception>
    public static void Check(IReadOnlyList<DumpTable> tables, string remedy, Action<string> warn)
    {
        string[] names = Columns(tables, table => table.NameColumns);
        if (names.Length > 0)
        {
            throw new LakebaseError(ErrorIds.DumpUnsupported, LakebaseErrorKind.InvalidState,
                $"Columns hold references to objects of their own server (regclass and its kind), which mean others elsewhere: {string.Join(", ", names)}.")
            { Target = names[0], Remedy = remedy }.ToException();
        }

        string[] oids = Columns(tables, table => table.OidColumns);
        if (oids.Length > 0)
            warn($"Columns of type oid are carried as the numbers they are, whatever these mean elsewhere: {string.Join(", ", oids)}.");
    }

    private static string[] Columns(IReadOnlyList<DumpTable> tables, Func<DumpTable, IReadOnlyList<string>> columns) =>
        [.. tables.SelectMany(table => columns(table).Select(column => $"{table.Table}.{column}"))];
}
