using System.Globalization;
using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Loading.Space;

/// <summary>The bytes that a server has left for tables, where that can be known.</summary>
/// <param name="FreeBytes">Bytes left; null when nobody here can know.</param>
/// <param name="Basis">Where the figure is from, or why there is none.</param>
internal sealed record ServerSpace(long? FreeBytes, string Basis)
{
    /// <summary>What a branch of Lakebase holds.</summary>
    private const long LakebaseLimit = 8_000_000_000_000;

    /// <summary>Asks the server, and this machine if the server runs on it.</summary>
    public static async Task<ServerSpace> ReadAsync(PostgresSession session, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (ConnectionSettings.IsDatabricks(session.Host))
        {
            using NpgsqlCommand used = new(
                "SELECT coalesce(sum(pg_database_size(oid)), 0)::bigint FROM pg_database WHERE has_database_privilege(oid, 'CONNECT')", connection);
            long bytes = (long)(await used.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            return new ServerSpace(Math.Max(0, LakebaseLimit - bytes), "of the 8 TB of a Lakebase branch");
        }

        if (!SessionFactory.IsLocal(session.Host))
            return new ServerSpace(null, "not known: the server is on another machine");
        // Roles without the right to see it get no row.
        using NpgsqlCommand command = new(
            """
            SELECT setting, extract(epoch FROM pg_postmaster_start_time())::float8, current_setting('port')
            FROM pg_settings WHERE name = 'data_directory'
            """, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false)
                && IsOurs(row.GetString(0), row.GetDouble(1), row.GetString(2))
                ? new ServerSpace(new DriveInfo(row.GetString(0)).AvailableFreeSpace, "on the disk of its data")
                : new ServerSpace(null, "not known: the server's data cannot be seen from here");
        }
    }

    /// <summary>A loopback port can lead to a container or another machine: only the server's own mark proves that its data is here.</summary>
    private static bool IsOurs(string folder, double startedAt, string port)
    {
        try
        {
            string[] mark = File.ReadAllLines(Path.Combine(folder, "postmaster.pid"));
            return mark.Length > 3 && mark[3] == port
                && double.TryParse(mark[2], NumberStyles.None, CultureInfo.InvariantCulture, out double marked) && Math.Abs(marked - startedAt) < 60;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
