using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>The tables that loads keep their books in.</summary>
internal static class LedgerSchema
{
    /// <summary>The schema, the same in every database.</summary>
    public const string Name = "lakebase_ops";

    private const string Sql =
        """
        SELECT pg_advisory_xact_lock(hashtextextended('lakebase_ops', 0));
        CREATE SCHEMA IF NOT EXISTS lakebase_ops;
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_run (
            run_id uuid PRIMARY KEY,
            role_name text NOT NULL DEFAULT current_user,
            client text NOT NULL,
            options jsonb NOT NULL,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp());
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_table (
            load_id uuid PRIMARY KEY,
            run_id uuid NOT NULL REFERENCES lakebase_ops.load_run ON DELETE CASCADE,
            schema_name text NOT NULL,
            table_name text NOT NULL,
            mode text NOT NULL,
            source text NOT NULL,
            fingerprint jsonb NOT NULL,
            status text NOT NULL DEFAULT 'Loading' CHECK (status IN ('Loading', 'Loaded')),
            phase text NOT NULL DEFAULT 'Stage' CHECK (phase IN ('Stage', 'Load', 'Index', 'Freeze', 'Swap', 'Done')),
            lease uuid NOT NULL,
            stage_name text,
            stage_oid oid,
            table_oid oid,
            previous_name text,
            rows bigint,
            content_hash text,
            total_rows bigint,
            total_bytes bigint,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at timestamptz);
        COMMENT ON COLUMN lakebase_ops.load_table.lease IS 'Renewed by whoever takes the load over: a chunk of an earlier owner can no longer be committed.';
        CREATE UNIQUE INDEX IF NOT EXISTS load_table_unfinished ON lakebase_ops.load_table (schema_name, table_name) WHERE status = 'Loading';
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_chunk (
            load_id uuid NOT NULL REFERENCES lakebase_ops.load_table ON DELETE CASCADE,
            input integer NOT NULL,
            range_from bigint NOT NULL,
            range_to bigint NOT NULL,
            rows bigint NOT NULL,
            bytes bigint NOT NULL,
            rejected bigint NOT NULL DEFAULT 0,
            content_hash text NOT NULL,
            encoding text NOT NULL,
            loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT load_chunk_pkey PRIMARY KEY (load_id, input, range_from));
        COMMENT ON TABLE lakebase_ops.load_chunk IS 'One row for each part of an input whose rows are in the table; both were committed in one transaction.';
        ALTER TABLE lakebase_ops.load_chunk ADD COLUMN IF NOT EXISTS loader text;
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_input (
            load_id uuid NOT NULL REFERENCES lakebase_ops.load_table ON DELETE CASCADE,
            input integer NOT NULL,
            cut_to bigint NOT NULL,
            is_cut boolean NOT NULL DEFAULT false,
            PRIMARY KEY (load_id, input));
        COMMENT ON TABLE lakebase_ops.load_input IS 'How far each input has been cut into parts.';
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_pending (
            load_id uuid NOT NULL REFERENCES lakebase_ops.load_table ON DELETE CASCADE,
            input integer NOT NULL,
            range_from bigint NOT NULL,
            range_to bigint NOT NULL,
            PRIMARY KEY (load_id, input, range_from));
        CREATE TABLE IF NOT EXISTS lakebase_ops.kept_table (
            kept_oid oid PRIMARY KEY,
            schema_name text NOT NULL,
            table_name text NOT NULL,
            kept_name text NOT NULL,
            parts jsonb NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT clock_timestamp());
        COMMENT ON TABLE lakebase_ops.kept_table IS 'Tables that were replaced and kept, with the names that their indexes, sequences and statistics had.';
        COMMENT ON TABLE lakebase_ops.load_pending IS 'Parts that are cut and not loaded. Whoever loads one deletes it in the transaction of its rows: a claim dies with its owner.';
        """;

    /// <summary>Makes the ledger where it is not there yet.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(connection, cancellationToken).ConfigureAwait(false))
            return;
        using NpgsqlCommand create = new(Sql, connection);
        await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when the ledger is there.</summary>
    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT count(*) = 6 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            + "WHERE n.nspname = 'lakebase_ops' AND c.relname IN ('load_run', 'load_table', 'load_chunk', 'load_input', 'load_pending', 'kept_table')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
