using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>The tables that loads keep their books in.</summary>
internal static class LedgerSchema
{
    /// <summary>The schema, the same in every database.</summary>
    public const string Name = "lakebase_ops";

    private static readonly string[] Tables =
        ["load_run", "load_table", "load_chunk", "load_input", "load_pending", "load_reject", "load_index", "kept_table"];

    private static readonly string[] Functions = ["load_rows", "load_refuse"];

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
        ALTER TABLE lakebase_ops.load_chunk ADD COLUMN IF NOT EXISTS lines bigint NOT NULL DEFAULT 0;
        ALTER TABLE lakebase_ops.load_chunk ADD COLUMN IF NOT EXISTS inserted bigint NOT NULL DEFAULT 0, ADD COLUMN IF NOT EXISTS updated bigint NOT NULL DEFAULT 0;
        ALTER TABLE lakebase_ops.load_table ADD COLUMN IF NOT EXISTS reads_back boolean NOT NULL DEFAULT false;
        COMMENT ON COLUMN lakebase_ops.load_table.reads_back IS 'Whether the server sends back the very bytes that it was sent, so that content_hash can be compared with the table.';
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
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_index (
            load_id uuid NOT NULL REFERENCES lakebase_ops.load_table,
            index_name text NOT NULL,
            definition jsonb NOT NULL,
            statistics text[] NOT NULL,
            PRIMARY KEY (load_id, index_name));
        COMMENT ON TABLE lakebase_ops.load_index IS 'Indexes that a load has dropped and will build again. While there is one, its load cannot be struck out.';
        CREATE TABLE IF NOT EXISTS lakebase_ops.kept_table (
            kept_oid oid PRIMARY KEY,
            schema_name text NOT NULL,
            table_name text NOT NULL,
            kept_name text NOT NULL,
            parts jsonb NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT clock_timestamp());
        COMMENT ON TABLE lakebase_ops.kept_table IS 'Tables that were replaced and kept, with the names that their indexes, sequences and statistics had.';
        COMMENT ON TABLE lakebase_ops.load_pending IS 'Parts that are cut and not loaded. Whoever loads one deletes it in the transaction of its rows: a claim dies with its owner.';
        CREATE TABLE IF NOT EXISTS lakebase_ops.load_reject (
            load_id uuid NOT NULL REFERENCES lakebase_ops.load_table ON DELETE CASCADE,
            input integer NOT NULL,
            range_from bigint NOT NULL,
            record integer NOT NULL,
            start integer NOT NULL,
            line bigint NOT NULL,
            column_name text,
            sql_state text NOT NULL,
            reason text NOT NULL,
            raw bytea NOT NULL,
            PRIMARY KEY (load_id, input, range_from, record));
        COMMENT ON TABLE lakebase_ops.load_reject IS 'Rows that were refused, committed with the other rows of their chunk; start and line count from the beginning of the chunk.';
        CREATE OR REPLACE FUNCTION lakebase_ops.load_rows(target text, columns text, width integer, fields text[],
            OUT row_number integer, OUT state text, OUT reason text, OUT column_name text) RETURNS SETOF record LANGUAGE plpgsql AS $body$
        DECLARE
            line text;
            detail text;
        BEGIN
            FOR n IN 0 .. cardinality(fields) / width - 1 LOOP
                BEGIN
                    SELECT string_agg(quote_nullable(field), ', ' ORDER BY place) INTO line
                    FROM unnest(fields[n * width + 1 : n * width + width]) WITH ORDINALITY AS f (field, place);
                    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', target, columns, line);
                EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
                    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, column_name = COLUMN_NAME;
                    row_number := n;
                    reason := concat_ws('. ', reason, nullif(rtrim(detail, '.'), ''));
                    column_name := nullif(column_name, '');
                    RETURN NEXT;
                END;
            END LOOP;
        END $body$;
        COMMENT ON FUNCTION lakebase_ops.load_rows IS 'Inserts rows one by one and answers with those that were refused, and why.';
        CREATE OR REPLACE FUNCTION lakebase_ops.load_refuse() RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
        DECLARE
            context text;
            line text;
        BEGIN
            GET DIAGNOSTICS context = PG_CONTEXT;
            line := substring(context FROM ', [^,0-9]* ([0-9]+)$');
            IF line IS NULL THEN
                RETURN true;
            END IF;
            PERFORM set_config('lakebase_ops.refused', concat_ws(' ', nullif(current_setting('lakebase_ops.refused', true), ''), line), true);
            RETURN false;
        END $body$;
        COMMENT ON FUNCTION lakebase_ops.load_refuse IS
            'Called by the WHERE of a COPY for a row that breaks a check: notes the row''s line and passes over it; without a line lets it go on to be refused.';
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
            """
            SELECT count(*) = cardinality($1) + cardinality($2) FROM pg_namespace n
            CROSS JOIN LATERAL (
                SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = ANY($1)
                UNION ALL SELECT FROM pg_proc WHERE pronamespace = n.oid AND proname = ANY($2)) AS part
            WHERE n.nspname = 'lakebase_ops'
            """, connection)
        {
            Parameters = { new() { Value = Tables }, new() { Value = Functions } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
