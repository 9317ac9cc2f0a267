using System.Collections;
using LakebaseOps.Commands;
using LakebaseOps.Connections;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Completion;

/// <summary>Asks the database of the command being typed for names; gives up after half a second, and silently.</summary>
internal static class CatalogNames
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(450);

    /// <summary>The tables, or none when there is no open session or no quick answer.</summary>
    public static IReadOnlyList<TableName> Tables(IDictionary? boundParameters) => Ask(boundParameters, TableCatalog.NamesAsync);

    /// <summary>The columns of the table that the command names, in order; none where it names no single one.</summary>
    public static IReadOnlyList<string> Columns(IDictionary? boundParameters) => Ask<string>(
        boundParameters,
        (connection, token) => boundParameters?["Table"] switch
        {
            string table => ColumnsAsync(connection, TableName.Parse(table), token),
            object[] and [string table] => ColumnsAsync(connection, TableName.Parse(table), token),
            _ => Task.FromResult<IReadOnlyList<string>>([]),
        });

    private static IReadOnlyList<T> Ask<T>(
        IDictionary? boundParameters, Func<NpgsqlConnection, CancellationToken, Task<IReadOnlyList<T>>> read)
    {
        try
        {
            if (Open(boundParameters?["Session"]) is not PostgresSession session)
                return [];
            using CancellationTokenSource timer = new(Patience);
            Task<IReadOnlyList<T>> names = Task.Run(() => ReadAsync(session, read, timer.Token));
            return names.Wait(Patience) ? names.Result : [];
        }
        catch (Exception)
        {
            return [];
        }
    }

    private static LakebaseSession? Open(object? given) => given switch
    {
        LakebaseSession session => session,
        string name => RunspaceSessions.Current.Sessions.FirstOrDefault(session => string.Equals(session.Name, name, StringComparison.OrdinalIgnoreCase)),
        null when RunspaceSessions.Current.Sessions is [LakebaseSession only] => only,
        _ => null,
    };

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(
        PostgresSession session, Func<NpgsqlConnection, CancellationToken, Task<IReadOnlyList<T>>> read, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await read(connection, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<string>> ColumnsAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped", connection)
        {
            Parameters = { new() { Value = table.ToSql() } },
        };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string[] ?? [];
    }
}
