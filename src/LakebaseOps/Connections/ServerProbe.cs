using System.Globalization;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>Looks at the layers of PostgreSQL: authentication, database, endpoint, settings, privileges.</summary>
internal sealed class ServerProbe(NpgsqlDataSource source, NpgsqlConnectionStringBuilder settings, TestConnectionOptions options) : IDisposable
{
    private NpgsqlConnection? _connection;
    private Exception? _databaseFault;

    public async Task<LayerFinding> AuthenticationAsync(CancellationToken cancellationToken)
    {
        try
        {
            _connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState is "3D000" or "42501")
        {
            // The server says this only to a role it has let in.
            _databaseFault = refused;
        }

        return LayerFinding.Passed($"Role '{settings.Username}' is let in.");
    }

    public async Task<LayerFinding> DatabaseAsync(CancellationToken cancellationToken)
    {
        if (_databaseFault is not null)
        {
            LakebaseError error = ErrorTranslator.Translate(_databaseFault, settings.Database);
            return new LayerFinding(CheckStatus.Failed, error.Message,
                error.Id == ErrorIds.ObjectNotFound ? "Check -Database; its name is case-sensitive." : "GRANT CONNECT ON DATABASE to the role.")
            { ErrorId = error.Id };
        }

        object?[] row = await RowAsync(
            "SELECT current_database(), pg_encoding_to_char(encoding), datcollate, pg_size_pretty(pg_database_size(oid)) "
            + "FROM pg_database WHERE datname = current_database()", cancellationToken).ConfigureAwait(false);
        string detail = $"Database '{row[0]}', {row[1]}, {row[2]}, {row[3]}.";
        return row[1] is "UTF8"
            ? LayerFinding.Passed(detail)
            : new LayerFinding(CheckStatus.Warning, detail, "Use a database in UTF8, as Lakebase's are; other encodings refuse some texts.");
    }

    public async Task<LayerFinding> EndpointAsync(CancellationToken cancellationToken)
    {
        object?[] row = await RowAsync("SELECT pg_backend_pid(), pg_is_in_recovery()", cancellationToken).ConfigureAwait(false);
        // A pooler makes up the process id that it tells the client; only the server's own answer is that of a backend.
        bool behaves = Convert.ToInt32(row[0], CultureInfo.InvariantCulture) != _connection!.ProcessID;
        bool named = settings.Host!.Split('.')[0].EndsWith("-pooler", StringComparison.OrdinalIgnoreCase);
        if (behaves || named)
        {
            return new LayerFinding(CheckStatus.Warning,
                behaves ? "Pooled: the connection ends at a pooler, not at a server process." : "Pooled by its name, though it behaves as if direct.",
                "Load, index and measure over the direct host; a transaction pooler keeps no session state and takes no OAuth token.");
        }

        return row[1] is true
            ? new LayerFinding(CheckStatus.Warning, "Direct, a read-only replica.", "Use the read-write endpoint for anything that writes.")
            : LayerFinding.Passed("Direct, read-write.");
    }

    public async Task<LayerFinding> SettingsAsync(CancellationToken cancellationToken)
    {
        object?[] row = await RowAsync(
            "SELECT current_setting('server_version'), current_setting('max_connections')::int, (SELECT count(*)::int FROM pg_stat_activity), "
            + "current_setting('default_transaction_read_only')::bool, current_setting('statement_timeout'), current_setting('shared_buffers'), "
            + "current_setting('maintenance_work_mem')", cancellationToken).ConfigureAwait(false);
        string detail = $"PostgreSQL {row[0]}, {row[2]} of {row[1]} connections in use, shared_buffers {row[5]}, maintenance_work_mem {row[6]}.";
        if (_connection!.PostgreSqlVersion.Major < 15)
        {
            return new LayerFinding(CheckStatus.Failed, detail, "LakebaseOps needs PostgreSQL 15 or later.") { ErrorId = ErrorIds.StatementFailed };
        }

        return row[3] is true ? new LayerFinding(CheckStatus.Warning, $"{detail} Transactions are read-only by default.", "ALTER ROLE … RESET default_transaction_read_only.")
            : row[4] is not "0" ? new LayerFinding(CheckStatus.Warning, $"{detail} statement_timeout is {row[4]}.", "A long load or index build would be cut off: ALTER ROLE … SET statement_timeout = 0.")
            : (int)row[2]! > 0.9 * (int)row[1]! ? new LayerFinding(CheckStatus.Warning, detail, "Close idle connections; few are left.")
            : LayerFinding.Passed(detail);
    }

    public async Task<LayerFinding> PrivilegesAsync(CancellationToken cancellationToken)
    {
        string schema = options.Schema ?? "public";
        NpgsqlCommand command = new(
            "SELECT has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE'), "
            + "(SELECT count(*) FROM pg_class WHERE relnamespace = n.oid AND relkind IN ('r', 'p')), "
            + "(SELECT count(*) FROM pg_class WHERE relnamespace = n.oid AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT')) "
            + "FROM pg_namespace n WHERE nspname = $1", _connection) { Parameters = { new() { Value = schema } } };
        object?[]? row = await FirstAsync(command, cancellationToken).ConfigureAwait(false);
        if (row is null)
        {
            return new LayerFinding(CheckStatus.Failed, $"There is no schema '{schema}'.", "Create it, or name another with -Schema.")
            { ErrorId = ErrorIds.ObjectNotFound };
        }

        foreach (string table in options.Table)
        {
            if (await UnreadableAsync(TableName.Parse(table, schema), cancellationToken).ConfigureAwait(false) is LayerFinding fault)
                return fault;
        }

        string detail = $"Schema '{schema}': {row[3]} of {row[2]} tables readable.";
        return row[0] is false ? new LayerFinding(CheckStatus.Failed, $"No USAGE on schema '{schema}'.", $"GRANT USAGE ON SCHEMA {TableName.Quote(schema)} to the role.")
            { ErrorId = ErrorIds.PermissionDenied }
            : row[1] is false ? new LayerFinding(CheckStatus.Warning, $"{detail} No CREATE on the schema.", $"To load: GRANT CREATE ON SCHEMA {TableName.Quote(schema)} to the role.")
            : !Equals(row[2], row[3]) ? new LayerFinding(CheckStatus.Warning, detail, "GRANT SELECT on the others, and check the project's permissions: the two are independent.")
            : LayerFinding.Passed($"{detail} CREATE granted.");
    }

    public void Dispose() => _connection?.Dispose();

    private async Task<LayerFinding?> UnreadableAsync(TableName table, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            "SELECT has_table_privilege(c.oid, 'SELECT') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            + "WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')", _connection)
        { Parameters = { new() { Value = table.Schema }, new() { Value = table.Name } } };
        object?[]? row = await FirstAsync(command, cancellationToken).ConfigureAwait(false);
        return row is null
            ? new LayerFinding(CheckStatus.Failed, $"There is no table {table}.", "Check the spelling and the schema.") { ErrorId = ErrorIds.ObjectNotFound }
            : row[0] is false
            ? new LayerFinding(CheckStatus.Failed, $"Table {table} cannot be read.",
                $"GRANT SELECT ON {table.ToSql()} to the role, and check the project's permissions: the two are independent.")
            { ErrorId = ErrorIds.PermissionDenied }
            : null;
    }

    private async Task<object?[]> RowAsync(string sql, CancellationToken cancellationToken) =>
        (await FirstAsync(new NpgsqlCommand(sql, _connection), cancellationToken).ConfigureAwait(false))!;

    private static async Task<object?[]?> FirstAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    return null;
                object?[] row = new object?[reader.FieldCount];
                reader.GetValues(row!);
                return row;
            }
        }
    }
}
