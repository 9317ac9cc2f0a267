using Npgsql;

namespace LakebaseOps.Caching;

/// <summary>An extension of the server, where it can be had.</summary>
/// <param name="Name">pg_prewarm or pg_buffercache.</param>
/// <param name="Schema">The schema it is in, as SQL; null when it cannot be had.</param>
/// <param name="Reason">Why it cannot be had; else empty.</param>
internal sealed record CacheExtension(string Name, string? Schema, string Reason)
{
    /// <summary>pg_prewarm.</summary>
    public const string Prewarm = "pg_prewarm";

    /// <summary>pg_buffercache.</summary>
    public const string BufferCache = "pg_buffercache";

    /// <summary>True when the server has the files of an extension that is not installed in the database.</summary>
    public static async Task<bool> IsMissingButAvailableAsync(
        NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = @name AND installed_version IS NULL)", connection);
        command.Parameters.AddWithValue("name", name);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Finds it, and installs it when asked to and permitted.</summary>
    public static async Task<CacheExtension> FindAsync(
        NpgsqlConnection connection, string name, bool install, CancellationToken cancellationToken)
    {
        if (await SchemaAsync(connection, name, cancellationToken).ConfigureAwait(false) is string installed)
            return new CacheExtension(name, installed, "");
        if (!await IsMissingButAvailableAsync(connection, name, cancellationToken).ConfigureAwait(false))
            return new CacheExtension(name, null, $"{name} is not available on this server");
        if (!install)
            return new CacheExtension(name, null, $"{name} is not installed in this database");
        try
        {
            using NpgsqlCommand create = new($"CREATE EXTENSION IF NOT EXISTS {TableName.Quote(name)}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            return new CacheExtension(name, null, $"{name} cannot be installed ({exception.MessageText})");
        }

        return new CacheExtension(name, await SchemaAsync(connection, name, cancellationToken).ConfigureAwait(false), "");
    }

    private static async Task<string?> SchemaAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = @name",
            connection);
        command.Parameters.AddWithValue("name", name);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
