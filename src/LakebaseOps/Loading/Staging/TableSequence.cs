using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>A sequence that belongs to a column.</summary>
/// <param name="Column">The column.</param>
/// <param name="Schema">The sequence's schema.</param>
/// <param name="Name">The sequence's name.</param>
/// <param name="IsIdentity">True for an identity column's own sequence, false for one of serial.</param>
/// <param name="IsAscending">Whether it counts up.</param>
/// <param name="Belongings">Its grants and comment as statements; its owner is always its table's.</param>
internal sealed record TableSequence(
    string Column, string Schema, string Name, bool IsIdentity, bool IsAscending, IReadOnlyList<string> Belongings)
{
    /// <summary>The name as SQL.</summary>
    public string ToSql() => new TableName(Schema, Name).ToSql();

    /// <summary>The sequences of a table.</summary>
    public static async Task<IReadOnlyList<TableSequence>> ListAsync(NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        List<TableSequence> sequences = [];
        using NpgsqlCommand command = new(
            """
            SELECT a.attname, n.nspname, s.relname, d.deptype = 'i', q.seqincrement > 0, ARRAY(
                SELECT format('GRANT %s ON SEQUENCE %I.%I TO %s%s', x.privilege_type, n.nspname, s.relname,
                    CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' END)
                FROM aclexplode(s.relacl) x
                UNION ALL
                SELECT format('COMMENT ON SEQUENCE %I.%I IS %L', n.nspname, s.relname, obj_description(s.oid, 'pg_class'))
                WHERE obj_description(s.oid, 'pg_class') IS NOT NULL)
            FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
            JOIN pg_namespace n ON n.oid = s.relnamespace
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND d.deptype IN ('a', 'i')
            """, connection)
        {
            Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                sequences.Add(new TableSequence(row.GetString(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetBoolean(4), row.GetFieldValue<string[]>(5)));
        }

        return sequences;
    }

    /// <summary>Where it stands.</summary>
    public async Task<(long Value, bool IsCalled)> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT last_value, is_called FROM {ToSql()}", connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (row.GetInt64(0), row.GetBoolean(1));
        }
    }
}
