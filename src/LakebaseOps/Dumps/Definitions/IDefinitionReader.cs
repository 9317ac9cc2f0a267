using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>Reads what a database consists of: from the catalog, or by pg_dump.</summary>
internal interface IDefinitionReader
{
    /// <summary>Reads in the snapshot of a transaction that is open on the connection.</summary>
    /// <param name="connection">A connection in a repeatable read, read only transaction.</param>
    /// <param name="snapshot">Name that this transaction exported (pg_export_snapshot), for a reader with a connection of its own.</param>
    /// <param name="selection">What to read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="LakebaseException">DumpUnsupported: something exists that the reader cannot express; the message names each.</exception>
    Task<DatabaseDefinition> ReadAsync(
        NpgsqlConnection connection, string snapshot, DumpSelection selection, CancellationToken cancellationToken);
}
