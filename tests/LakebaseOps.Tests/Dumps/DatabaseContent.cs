using System.Diagnostics;
using System.Net;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using Npgsql;

namespace LakebaseOps.Tests.Dumps;

/// <summary>What two databases are compared by.</summary>
internal static class DatabaseContent
{
    // Each relation with rows of its own, as FROM takes it.
    private const string Tables = "SELECT format(CASE relkind WHEN 'S' THEN '(SELECT last_value, is_called FROM %I.%I)' ELSE 'ONLY %I.%I' END, nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        + "WHERE relkind IN ('r', 'm', 'S') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'lakebase_ops') AND (relkind <> 'm' OR relispopulated) ORDER BY 1";

    /// <summary>A line for each relation: rows and a hash of them.</summary>
    public static async Task<string[]> RowsAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        string[] tables = await ReadAsync($"SELECT ARRAY({Tables})");
        string all = string.Join(" UNION ALL ", tables.Select((table, number) =>
            $"SELECT {number} AS n, '{table.Replace("'", "''", StringComparison.Ordinal)} ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\")), '') AS line FROM {table} AS t"));
        return await ReadAsync($"SELECT array_agg(line ORDER BY n) FROM ({all}) AS lines");

        async Task<string[]> ReadAsync(string sql)
        {
            await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
            return (string[])(await command.ExecuteScalarAsync(cancellationToken))!;
        }
    }

    /// <summary>The lines of pg_dump -s; the statements of our own reader where the server is newer than the pg_dump that is installed everywhere.</summary>
    public static async Task<string[]> DefinitionAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        if (session.ServerVersion.Major > 15)
            return await StatementsAsync(session, cancellationToken);
        ProcessStartInfo start = new("pg_dump") { RedirectStandardOutput = true };
        foreach (string argument in new[] { "-s", "-N", "lakebase_ops", "-h", session.Host, "-p", $"{session.Port}", "-U", session.Username, session.Database })
            start.ArgumentList.Add(argument);
        start.Environment["PGPASSWORD"] = session.Options.Secret is { } secret ? new NetworkCredential("", secret).Password : null;
        using Process process = Process.Start(start)!;
        string text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, process.ExitCode);
        return [.. text.Split('\n').Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal))];
    }

    /// <summary>What our own reader says a database consists of.</summary>
    public static async Task<string[]> StatementsAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await session.OpenAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        DatabaseDefinition definition = await new CatalogDefinitionReader().ReadAsync(connection, "", new DumpSelection(), cancellationToken);
        return [.. definition.Objects.Select(one => $"{one.Sql} {one.OwnerSql}")];
    }
}
