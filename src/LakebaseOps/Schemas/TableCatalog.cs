using Npgsql;

namespace LakebaseOps.Schemas;

/// <summary>
/// Reads whole table definitions from a live catalog. Types, defaults and definitions come with every name that is not
/// PostgreSQL's own qualified by its schema, whatever search_path the connection has.
/// </summary>
public static class TableCatalog
{
    /// <summary>One table, or null when there is none of that name.</summary>
    public static async Task<TableDefinition?> FindAsync(
        NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        IReadOnlyList<TableDefinition> found = await CatalogReader
            .ReadAsync(connection, CatalogFilter.Exactly(table), cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>One table that must be there.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound.</exception>
    public static async Task<TableDefinition> ReadAsync(
        NpgsqlConnection connection, TableName table, CancellationToken cancellationToken) =>
        await FindAsync(connection, table, cancellationToken).ConfigureAwait(false) ?? throw Missing(connection, table).ToException();

    /// <summary>All ordinary and partitioned tables whose schema and name match, by schema and name.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="schemaPattern">
    /// A schema with wildcards <c>*</c> and <c>?</c> (then letter case does not matter) or an exact one; null for all but
    /// the server's own and temporary ones.
    /// </param>
    /// <param name="namePattern">The same for the table's name; null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static Task<IReadOnlyList<TableDefinition>> ListAsync(
        NpgsqlConnection connection, string? schemaPattern, string? namePattern, CancellationToken cancellationToken) =>
        CatalogReader.ReadAsync(connection, CatalogFilter.Matching(schemaPattern, namePattern), cancellationToken);

    /// <summary>The error for a table that is not there.</summary>
    internal static LakebaseError Missing(NpgsqlConnection connection, TableName table) => Missing(connection, table.ToString());

    /// <summary>The error for a table that is not there, as it was asked for.</summary>
    internal static LakebaseError Missing(NpgsqlConnection connection, string table) =>
        new(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"There is no table {table} in database '{connection.Database}'.")
        {
            Target = table,
            Remedy = "Check the spelling (names are taken as written, without folding), the schema and the session's database.",
        };

    /// <summary>Names of tables alone, at most a thousand: quick enough for completion, and without locks.</summary>
    public static async Task<IReadOnlyList<TableName>> NamesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        CatalogFilter filter = CatalogFilter.Matching(null, null);
        NpgsqlCommand command = new(CatalogQueries.Names(filter), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = filter.Schema });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = filter.Name });
        await using (command.ConfigureAwait(false))
        {
            List<TableName> names = [];
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    names.Add(new TableName(reader.GetString(0), reader.GetString(1)));
            }

            return names;
        }
    }
}
