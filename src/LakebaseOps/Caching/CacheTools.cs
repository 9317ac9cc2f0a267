using Npgsql;

namespace LakebaseOps.Caching;

/// <summary>
/// The extensions that show and change what lies in shared buffers. In a sandbox they come and go with what uses them;
/// elsewhere what is installed is the owner's affair.
/// </summary>
internal sealed class CacheTools : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly List<string> _installed = [];

    private CacheTools(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Shows what lies there.</summary>
    public CacheExtension Buffers { get; private set; } = null!;

    /// <summary>Brings blocks there.</summary>
    public CacheExtension Prewarm { get; private set; } = null!;

    /// <summary>Finds them.</summary>
    /// <param name="connection">Used to the end.</param>
    /// <param name="installs">Whether what is missing is installed, until this is disposed.</param>
    /// <param name="isNeeded">Whether there is no way without.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LakebaseException">ObjectNotFound: one is needed and cannot be had.</exception>
    public static async Task<CacheTools> OpenAsync(NpgsqlConnection connection, bool installs, bool isNeeded, CancellationToken cancellationToken)
    {
        CacheTools tools = new(connection);
        try
        {
            tools.Buffers = await tools.FindAsync(CacheExtension.BufferCache, installs, isNeeded, cancellationToken).ConfigureAwait(false);
            tools.Prewarm = await tools.FindAsync(CacheExtension.Prewarm, installs, isNeeded, cancellationToken).ConfigureAwait(false);
            return tools;
        }
        catch
        {
            await tools.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_connection.State != System.Data.ConnectionState.Open)
            return;
        foreach (string extension in _installed)
        {
            NpgsqlCommand drop = new($"DROP EXTENSION IF EXISTS {TableName.Quote(extension)}", _connection);
            await using (drop.ConfigureAwait(false))
                await drop.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<CacheExtension> FindAsync(string name, bool installs, bool isNeeded, CancellationToken cancellationToken)
    {
        CacheExtension found = await CacheExtension.FindAsync(_connection, name, install: false, cancellationToken).ConfigureAwait(false);
        if (installs && found.Schema is null)
        {
            found = await CacheExtension.FindAsync(_connection, name, install: true, cancellationToken).ConfigureAwait(false);
            if (found.Schema is not null)
                _installed.Add(name);
        }

        return found.Schema is not null || !isNeeded
            ? found
            : throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"The cache cannot be emptied: {found.Reason}.")
            { Target = name, Remedy = "Have it installed with CREATE EXTENSION; a sandbox needs server binaries that have the contrib extensions." }.ToException();
    }
}
