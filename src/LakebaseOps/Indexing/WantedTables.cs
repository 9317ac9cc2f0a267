using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>The tables that options name, with the definitions they give.</summary>
internal static class WantedTables
{
    /// <summary>Finds them.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, ObjectNotFound.</exception>
    public static async Task<IReadOnlyList<(TableName Name, TableDefinition? Definition)>> ListAsync(
        NpgsqlConnection connection, BuildIndexOptions options, CancellationToken cancellationToken)
    {
        List<(TableName, TableDefinition?)> tables = [.. (options.Definition ?? []).Select(one => (one.Name, (TableDefinition?)one))];
        foreach (TableName name in await TableSelection
            .ResolveAsync(connection, options.Table ?? [], cancellationToken).ConfigureAwait(false))
        {
            if (!tables.Exists(table => table.Item1 == name))
                tables.Add((name, null));
        }

        if (tables.Count == 0)
            throw Wrong("No table was given.", "Give -Table, or -Definition with the output of ConvertFrom-LakebaseDdl.");
        if (options.Columns is not { Count: > 0 } && (options.Unique || options.PrimaryKey || options.Name is not null || options.Include is not null))
            throw Wrong("Name, Unique, PrimaryKey and Include describe an index, but its columns were not given.", "Give -Columns.");
        return tables;
    }

    private static LakebaseException Wrong(string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Remedy = remedy }.ToException();
}
