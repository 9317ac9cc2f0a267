using LakebaseOps.Loading.Ledger;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Makes and drops stage tables.</summary>
internal static class StageTable
{
    private const string LikeSql =
        """
        SELECT format('CREATE %s TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY '
                   || 'INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)%s%s%s',
            CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END, $2, $3, ' USING ' || quote_ident(a.amname),
            ' WITH (' || (SELECT string_agg(prefix || quote_ident(split_part(o, '=', 1)) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ')
                FROM (SELECT '' AS prefix, unnest(c.reloptions) AS o UNION ALL SELECT 'toast.', unnest(t.reloptions)) options) || ')',
            ' TABLESPACE ' || quote_ident(s.spcname))
        FROM pg_class c JOIN pg_am a ON a.oid = c.relam
        LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
        WHERE c.oid = $1
        UNION ALL
        SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', $2, attname, attstattarget)
        FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND coalesce(attstattarget, -1) >= 0
        UNION ALL
        SELECT format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', $2, attname,
            (SELECT string_agg(quote_ident(split_part(o, '=', 1)) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ') FROM unnest(attoptions) o))
        FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attoptions IS NOT NULL
        """;

    /// <summary>Makes the stage table and notes it in the ledger, in one transaction.</summary>
    public static async Task CreateAsync(
        NpgsqlConnection connection, LoadPlan plan, LoadLedger ledger, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            using NpgsqlCommand enter = new(
                "SELECT phase FROM lakebase_ops.load_table WHERE load_id = $1 AND lease = $2 FOR UPDATE", connection)
            {
                Parameters = { new() { Value = ledger.LoadId }, new() { Value = ledger.Lease } },
            };
            switch (await enter.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))
            {
                case null:
                    throw LoadLedger.TakenOver(plan.Table);
                case string phase when phase != nameof(LoadPhase.Stage):
                    // The commit of an attempt whose connection broke did arrive.
                    return;
            }

            foreach (string statement in await StatementsAsync(connection, plan, cancellationToken).ConfigureAwait(false))
            {
                using NpgsqlCommand command = new(statement, connection);
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            using NpgsqlCommand note = new(
                "UPDATE lakebase_ops.load_table SET phase = 'Load', stage_oid = to_regclass($2)::oid WHERE load_id = $1", connection)
            {
                Parameters = { new() { Value = ledger.LoadId }, new() { Value = plan.Stage.ToSql() } },
            };
            await note.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>True when the stage table that the ledger knows is still there.</summary>
    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT EXISTS (SELECT FROM pg_class WHERE oid = $1 AND relname = $2)", connection)
        {
            Parameters =
            {
                new() { Value = entry.StageOid ?? 0, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = entry.StageName ?? "" },
            },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Drops the stage table of a load, if it is still the one that the ledger knows.</summary>
    public static async Task<int> DropAsync(
        NpgsqlConnection connection, TableName table, LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry.IsLoaded || entry.StageName is null || !await ExistsAsync(connection, entry, cancellationToken).ConfigureAwait(false))
            return 0;
        using NpgsqlCommand command = new($"DROP TABLE {(table with { Name = entry.StageName }).ToSql()}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return 1;
    }

    private static async Task<IReadOnlyList<string>> StatementsAsync(
        NpgsqlConnection connection, LoadPlan plan, CancellationToken cancellationToken)
    {
        if (plan.LiveOid is not uint live)
        {
            TableDefinition bare = plan.Shape with
            {
                Name = plan.Stage,
                Indexes = [],
                Constraints = [.. plan.Shape.Constraints.Where(constraint => constraint.Kind == "check")],
            };
            return [TableBuilder.Script(bare).Table];
        }

        List<string> statements = [];
        using NpgsqlCommand command = new(LikeSql, connection)
        {
            Parameters =
            {
                new() { Value = live, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = plan.Stage.ToSql() },
                new() { Value = plan.Table.ToSql() },
            },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                statements.Add(row.GetString(0));
        }

        return statements;
    }
}
