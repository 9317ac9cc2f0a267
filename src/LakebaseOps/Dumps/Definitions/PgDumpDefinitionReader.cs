using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>Reads a definition by pg_dump of this machine.</summary>
internal sealed class PgDumpDefinitionReader(PostgresSession session) : IDefinitionReader
{
    /// <inheritdoc />
    public Task<DatabaseDefinition> ReadAsync(
        NpgsqlConnection connection, string snapshot, DumpSelection selection, CancellationToken cancellationToken) =>
        throw new NotSupportedException(session.Name);
}
