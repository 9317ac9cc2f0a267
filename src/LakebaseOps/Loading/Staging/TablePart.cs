using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Staging;

/// <summary>Something that belongs to a table and bears a name of its own, of which a schema can hold only one.</summary>
/// <param name="Kind">INDEX, SEQUENCE (of an identity column) or STATISTICS.</param>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
internal sealed record TablePart(string Kind, string Schema, string Name)
{
    /// <summary>The parts of a table.</summary>
    public static async Task<IReadOnlyList<TablePart>> ListAsync(NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        List<TablePart> parts = [];
        using NpgsqlCommand command = new(
            """
            SELECT 'INDEX', n.nspname, c.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE x.indrelid = $1
            UNION ALL
            SELECT 'SEQUENCE', n.nspname, c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND d.deptype = 'i'
            UNION ALL
            SELECT 'STATISTICS', n.nspname, stxname FROM pg_statistic_ext JOIN pg_namespace n ON n.oid = stxnamespace WHERE stxrelid = $1
            """, connection)
        {
            Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                parts.Add(new TablePart(row.GetString(0), row.GetString(1), row.GetString(2)));
        }

        return parts;
    }

    /// <summary>The statement that gives it another name. The constraint behind an index takes the same name with it.</summary>
    public string Rename(string name) => $"ALTER {Kind} {new TableName(Schema, Name).ToSql()} RENAME TO {TableName.Quote(name)}";
}

/// <summary>A part that was given another name, and the one it had.</summary>
/// <param name="Part">The part under its present name.</param>
/// <param name="Name">Its former name.</param>
internal sealed record RenamedPart(TablePart Part, string Name);
