using System.Collections;
using LakebaseOps.Commands;
using LakebaseOps.Connections;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Completion;

/// <summary>Asks the database of the command being typed for its tables; gives up after half a second, and silently.</summary>
internal static class CatalogNames
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(450);

    /// <summary>The tables, or none when there is no open session or no quick answer.</summary>
    public static IReadOnlyList<TableName> Tables(IDictionary? boundParameters)
    {
        try
        {
            if (Open(boundParameters?["Session"]) is not PostgresSession session)
                return [];
            using CancellationTokenSource timer = new(Patience);
            Task<IReadOnlyList<TableName>> names = Task.Run(() => ReadAsync(session, timer.Token));
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

    private static async Task<IReadOnlyList<TableName>> ReadAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await TableCatalog.NamesAsync(connection, cancellationToken).ConfigureAwait(false);
    }
}
