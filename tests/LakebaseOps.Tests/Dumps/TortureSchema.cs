using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using Npgsql;

namespace LakebaseOps.Tests.Dumps;

/// <summary>A database with one of everything that a dump must carry, and rows that are hard to carry.</summary>
internal static class TortureSchema
{
    /// <summary>Owns some of it.</summary>
    public const string Owner = "torture_owner";

    /// <summary>May read some of it.</summary>
    public const string Reader = "\"Torture, reader\"";

    /// <summary>Its statements.</summary>
    public static string Sql { get; } = Read().Replace("{owner}", Owner, StringComparison.Ordinal).Replace("{reader}", Reader, StringComparison.Ordinal);

    /// <summary>Makes its roles, which all databases of the server share, and all of it in an empty database.</summary>
    public static async Task CreateAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        await CreateRolesAsync(session, cancellationToken);
        await using NpgsqlConnection connection = await session.OpenAsync(cancellationToken);
        await SqlStatements.RunAsync(connection, Sql, cancellationToken);
    }

    /// <summary>The roles alone, as another server needs them before a restore.</summary>
    public static async Task CreateRolesAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(
            $"""
            SELECT pg_advisory_lock(6);
            DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'torture_owner') THEN CREATE ROLE {Owner}; END IF;
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'Torture, reader') THEN CREATE ROLE {Reader}; END IF;
            END $$;
            SELECT pg_advisory_unlock(6);
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Read()
    {
        using StreamReader reader = new(typeof(TortureSchema).Assembly.GetManifestResourceStream("torture.sql")!);
        return reader.ReadToEnd();
    }
}
