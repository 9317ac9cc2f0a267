using Npgsql;

namespace LakebaseOps.Loading.Wire;

/// <summary>Asks the catalog what the types of columns are whose names do not say it: enums, domains and arrays.</summary>
internal static class TypeCatalog
{
    /// <summary>The columns with what their values are, as far as we encode it.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="columns">Columns of a table, or of DDL: an enum or a domain exists already in either case.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<IReadOnlyList<CopyColumn>> ResolveAsync(
        NpgsqlConnection connection, IReadOnlyList<CopyColumn> columns, CancellationToken cancellationToken)
    {
        string[] names = [.. columns.Where(column => column.Kind == ColumnKind.Server).Select(column => column.Type).Distinct()];
        if (names.Length == 0)
            return columns;
        Dictionary<string, ColumnType> types = await ReadAsync(connection, names, cancellationToken).ConfigureAwait(false);
        return [.. columns.Select(column => types.TryGetValue(column.Type, out ColumnType? type) ? column with { Wire = type } : column)];
    }

    private static async Task<Dictionary<string, ColumnType>> ReadAsync(
        NpgsqlConnection connection, string[] names, CancellationToken cancellationToken)
    {
        // A domain may be over a domain, an array be a domain or of one: each is followed down to its base.
        // With array_nulls off the element NULL is a text; that is for the server to read.
        using NpgsqlCommand command = new(
            """
            WITH RECURSIVE column_base (name, oid, typmod) AS (
                SELECT name, to_regtype(name)::oid, -1 FROM unnest($1) AS name
                UNION ALL
                SELECT name, t.typbasetype, t.typtypmod FROM column_base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
            ), plain AS (
                SELECT b.name, b.typmod, t.* FROM column_base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype <> 'd'
            ), element_base (name, oid, typmod) AS (
                SELECT p.name, p.typelem, p.typmod FROM plain p JOIN pg_type e ON e.oid = p.typelem AND e.typarray = p.oid
                WHERE current_setting('array_nulls')::boolean
                UNION ALL
                SELECT name, t.typbasetype, t.typtypmod FROM element_base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
            )
            SELECT p.name, p.typtype, format_type(p.oid, p.typmod), e.typtype, format_type(e.oid, b.typmod), p.typelem
            FROM plain p LEFT JOIN (element_base b JOIN pg_type e ON e.oid = b.oid AND e.typtype <> 'd' AND e.typdelim = ',') USING (name)
            """, connection)
        { Parameters = { new() { Value = names } } };
        Dictionary<string, ColumnType> types = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                string name = row.GetString(0);
                ColumnType type = row.IsDBNull(3)
                    ? TypeOf(row.GetChar(1), row.GetString(2))
                    : ArrayOf(TypeOf(row.GetChar(3), row.GetString(4)), row.GetFieldValue<uint>(5));
                // interval day to second[]: the array's own name has the fields that its element's has not.
                if (type.Kind != ColumnKind.Server && !name.Contains("interval ", StringComparison.Ordinal))
                    types[name] = type;
            }
        }

        return types;
    }

    private static ColumnType TypeOf(char kind, string name) => kind == 'e' ? new ColumnType(ColumnKind.Text, "text") : ColumnType.Named(name);

    private static ColumnType ArrayOf(ColumnType element, uint oid) => element.Kind == ColumnKind.Server
        ? element
        : new ColumnType(ColumnKind.Array, element.Base) { Element = element.Kind, ElementOid = oid };
}
