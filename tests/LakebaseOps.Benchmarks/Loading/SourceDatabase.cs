using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>A second database of the same server with one table full of rows, to be copied from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Session">A session on it.</param>
/// <param name="Uri">Its address for other programs; the password is in their environment.</param>
/// <param name="TargetUri">The address of the database that is loaded.</param>
internal sealed record SourceDatabase(string Name, PostgresSession Session, string Uri, string TargetUri)
{
    /// <summary>Makes it and fills the table.</summary>
    public static async Task<SourceDatabase> CreateAsync(BenchServer server, LoadShape shape, long rows, CancellationToken cancellationToken)
    {
        const string Name = "bench_source";
        await server.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)", cancellationToken);
        await server.ExecuteAsync($"CREATE DATABASE {Name}", cancellationToken);
        PostgresSession session = await server.ConnectAsync(Name, cancellationToken);
        await using (NpgsqlConnection connection = await session.OpenAsync(cancellationToken))
        {
            using NpgsqlCommand command = connection.CreateCommand();
            // Vacuumed, or the first to read it would set its hint bits for everybody.
            command.CommandText = $"CREATE TABLE {shape.Name} ({shape.Ddl}); INSERT INTO {shape.Name} {shape.Query(1, rows)}";
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
            command.CommandText = $"VACUUM (FREEZE, ANALYZE) {shape.Name}";
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return new SourceDatabase(Name, session, Address(Name), Address(server.Programs["PGDATABASE"]));

        string Address(string database) => $"postgresql://{server.Programs["PGUSER"]}@{server.Programs["PGHOST"]}:{server.Programs["PGPORT"]}/{database}";
    }
}
