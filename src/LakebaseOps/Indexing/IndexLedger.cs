using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>
/// Records in lakebase_ops.index_build which indexes we set out to build with CONCURRENTLY, before we begin: an invalid
/// index that is in there is a leftover of ours and may be dropped; any other is somebody else's.
/// </summary>
internal static class IndexLedger
{
    /// <summary>
    /// Makes the schema of the books. A statement string is one transaction: put before what makes a table in it, the lock keeps two first builds
    /// from doing so at once.
    /// </summary>
    public const string Schema =
        """
        SELECT pg_advisory_xact_lock(hashtextextended('lakebase_ops', 0));
        CREATE SCHEMA IF NOT EXISTS lakebase_ops;
        """;

    private const string Table = "lakebase_ops.index_build";
    private const string Writing = "SELECT, INSERT, UPDATE, DELETE";

    /// <summary>Makes the ledger when it is not there; false when the role may not.</summary>
    public static async Task<bool> EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await AllowsAsync(connection, Writing, cancellationToken).ConfigureAwait(false) is bool allows)
            return allows;
        try
        {
            using NpgsqlCommand create = new(
                $"""
                {Schema}
                CREATE TABLE IF NOT EXISTS {Table} (
                    table_oid oid NOT NULL,
                    schema_name text NOT NULL,
                    table_name text NOT NULL,
                    index_name text NOT NULL,
                    clause text NOT NULL,
                    state text NOT NULL CHECK (state IN ('building', 'built')),
                    index_oid oid,
                    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                    finished_at timestamptz,
                    PRIMARY KEY (table_oid, index_name))
                """, connection);
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }

    /// <summary>
    /// Notes that an index is going to be built; no index of that name exists at this moment, or one that backs a constraint and is
    /// going to be rebuilt in place.
    /// </summary>
    public static async Task BeginAsync(
        NpgsqlConnection connection, uint oid, TableName table, string index, string clause, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            INSERT INTO {Table} (table_oid, schema_name, table_name, index_name, clause, state)
            VALUES (@table, @schema, @name, @index, @clause, 'building')
            ON CONFLICT (table_oid, index_name) DO UPDATE
            SET clause = excluded.clause, state = 'building', index_oid = NULL, started_at = clock_timestamp(), finished_at = NULL
            """, connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        command.Parameters.AddWithValue("schema", table.Schema);
        command.Parameters.AddWithValue("name", table.Name);
        command.Parameters.AddWithValue("index", index);
        command.Parameters.AddWithValue("clause", clause);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes that it stands.</summary>
    public static async Task FinishAsync(
        NpgsqlConnection connection, uint oid, ExistingIndex index, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"UPDATE {Table} SET state = 'built', index_oid = @oid, finished_at = clock_timestamp() "
            + "WHERE table_oid = @table AND index_name = @index", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        command.Parameters.AddWithValue("index", index.Name);
        command.Parameters.AddWithValue("oid", NpgsqlDbType.Oid, index.Oid);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets an index that is gone.</summary>
    public static async Task ForgetAsync(NpgsqlConnection connection, uint oid, string index, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"DELETE FROM {Table} WHERE table_oid = @table AND index_name = @index", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        command.Parameters.AddWithValue("index", index);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when the ledger proves that an index is ours.</summary>
    public static async Task<bool> IsOursAsync(
        NpgsqlConnection connection, uint oid, ExistingIndex index, CancellationToken cancellationToken)
    {
        if (await AllowsAsync(connection, "SELECT", cancellationToken).ConfigureAwait(false) is not true)
            return false;
        using NpgsqlCommand command = new(
            $"""
            SELECT EXISTS (SELECT FROM {Table}
                           WHERE table_oid = @table
                             AND (index_name = @index AND (state = 'building' AND clause = @clause OR index_oid = @oid)
                                  OR @twin AND starts_with(index_name, regexp_replace(@index, '_cc(new|old)[0-9]*$', '')) AND clause = @clause))
            """, connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        command.Parameters.AddWithValue("index", index.Name);
        command.Parameters.AddWithValue("clause", index.Clause);
        command.Parameters.AddWithValue("oid", NpgsqlDbType.Oid, index.Oid);
        command.Parameters.AddWithValue("twin", index.IsTwin);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Whether the role has all of the privileges; null where there is no ledger.</summary>
    private static async Task<bool?> AllowsAsync(NpgsqlConnection connection, string privileges, CancellationToken cancellationToken)
    {
        // A list given to has_table_privilege itself would ask for any of them.
        using NpgsqlCommand command = new(
            """
            SELECT has_schema_privilege(n.oid, 'USAGE')
                AND (SELECT bool_and(has_table_privilege(c.oid, one)) FROM unnest(string_to_array($1, ', ')) one)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'lakebase_ops' AND c.relname = 'index_build'
            """, connection)
        {
            Parameters = { new() { Value = privileges } },
        };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as bool?;
    }
}
