using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>Builds one index so that a repetition after any failure ends with exactly that index, valid.</summary>
public static class IndexBuilder
{
    /// <summary>
    /// Makes sure that a table has an index: leaves a valid one alone, replaces an invalid leftover of ours, builds a
    /// missing one. A primary key or unique constraint is a unique index that is then attached. A cancelled or failed
    /// build leaves no invalid index behind. The result is read back from the catalog.
    /// </summary>
    /// <param name="session">Where the table is.</param>
    /// <param name="table">The table; a stage table as well as a live one.</param>
    /// <param name="wanted">The index as DDL or the catalog describes it; its name is not used.</param>
    /// <param name="indexName">Name of the index, and of the constraint it backs.</param>
    /// <param name="settings">How to build it.</param>
    /// <param name="sink">Receives progress and reasons; no result is emitted.</param>
    /// <param name="cancellationToken">Ends the build.</param>
    /// <exception cref="LakebaseException">
    /// ObjectNotFound, DuplicateKey, NullKey, IndexConflict, InvalidArgument (an exclusion constraint), IndexNotVerified,
    /// ResourceBusy, and what the server refuses.
    /// </exception>
    public static async Task<IndexBuildResult> BuildAsync(
        PostgresSession session,
        TableName table,
        IndexDefinition wanted,
        string indexName,
        IndexBuildSettings settings,
        IOperationSink sink,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        NpgsqlConnection connection;
        try
        {
            connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw ErrorTranslator.Translate(exception, table.ToString()).ToException();
        }

        await using (connection.ConfigureAwait(false))
            return await BuildAsync(session, connection, table, wanted, indexName, settings, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same over a connection that is the caller's.</summary>
    internal static async Task<IndexBuildResult> BuildAsync(
        PostgresSession session,
        NpgsqlConnection connection,
        TableName table,
        IndexDefinition wanted,
        string indexName,
        IndexBuildSettings settings,
        IOperationSink sink,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        // Refused before the server would cut the name silently.
        _ = TableName.Parse(TableName.Quote(indexName));
        try
        {
            IndexBuild build = new(session, connection, table, wanted, indexName, settings, sink);
            return await build.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw ErrorTranslator.Translate(exception, table.ToString()).ToException();
        }
    }
}
