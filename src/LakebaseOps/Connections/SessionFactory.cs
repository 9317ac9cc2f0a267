using System.Security;
using LakebaseOps.Operations;
using LakebaseOps.Sandboxes;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>
/// Opens sessions. The only place that turns connection options into a pool. The secret lives in a
/// <see cref="SecretSource"/> alone: no connection string, exception or text of a session holds it.
/// </summary>
public static class SessionFactory
{
    /// <summary>Opens a session and proves that the server answers.</summary>
    /// <param name="options">How to reach the database.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <param name="secrets">Issues secrets that expire, e.g. OAuth tokens; used instead of the options' own secret.</param>
    /// <exception cref="LakebaseException">ConnectionFailed, AuthenticationFailed, ObjectNotFound, InvalidArgument.</exception>
    public static async Task<PostgresSession> ConnectAsync(
        ConnectionOptions options, CancellationToken cancellationToken, SecretSource? secrets = null)
    {
        Way way = WayOf(options, secrets);
        NpgsqlConnectionStringBuilder settings = way.Settings;
        try
        {
            Version version;
            // What is asked is whether the server itself answers, which a pooler's welcome alone does not tell; to read its types as well
            // would take as long again.
            NpgsqlDataSource probe = Create(settings, way.Source, static own => own.Pooling = false, types: false);
            await using (probe.ConfigureAwait(false))
            {
                NpgsqlConnection connection = await probe.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    NpgsqlCommand command = new("SELECT 1", connection);
                    await using (command.ConfigureAwait(false))
                        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                    version = connection.PostgreSqlVersion;
                }
            }

            return SessionOf(way, version);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw ErrorTranslator.Connecting(exception, $"{settings.Host}:{settings.Port}/{settings.Database}").ToException();
        }
    }

    /// <summary>A session that nothing has proved yet: for a server that is known to answer, and its version.</summary>
    internal static PostgresSession Open(ConnectionOptions options, Version version) => SessionOf(WayOf(options, null), version);

    /// <summary>A secure string of a text.</summary>
    public static SecureString Conceal(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        SecureString result = new();
        foreach (char character in secret)
            result.AppendChar(character);
        result.MakeReadOnly();
        return result;
    }

    /// <summary>True for an address that never leaves this machine: loopback or a socket folder.</summary>
    public static bool IsLocal(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return ConnectionSettings.IsLocal(host);
    }

    private static Way WayOf(ConnectionOptions options, SecretSource? secrets)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = SandboxConnection.Resolve(options);
        (NpgsqlConnectionStringBuilder settings, string? password) = ConnectionSettings.From(options);
        SecretSource? source = secrets
            ?? (options.Secret is not null ? SecretSource.Of(options.Secret)
                : password is not null ? SecretSource.Of(Conceal(password)) : null);
        // What was a part of the connection string goes on as a secret of its own.
        options = options with { ConnectionString = settings.ConnectionString, Secret = options.Secret ?? (password is null ? null : Conceal(password)) };
        return new Way(options, settings, source);
    }

    private static PostgresSession SessionOf(Way way, Version version) => new(
        way.Options.Name ?? $"{way.Settings.Host}/{way.Settings.Database}", way.Options, way.Settings,
        (configure, name) => Create(way.Settings, way.Source, configure, name), version)
    { Secrets = way.Source };

    internal static NpgsqlDataSource Create(
        NpgsqlConnectionStringBuilder settings, SecretSource? source, Action<NpgsqlConnectionStringBuilder> configure, string? serverName = null,
        bool types = true)
    {
        NpgsqlConnectionStringBuilder own = new(settings.ConnectionString);
        configure(own);
        NpgsqlDataSourceBuilder builder = new(own.ConnectionString);
        if (source is not null)
        {
            builder.UsePasswordProvider(
                _ => Task.Run(() => source.RevealAsync(CancellationToken.None).AsTask()).GetAwaiter().GetResult(),
                (_, token) => source.RevealAsync(token));
        }

        if (!types)
            builder.ConfigureTypeLoading(static loading => loading.EnableTypeLoading(false));

        // Connections that lead through somebody else still ask for the server by its name and verify that.
        if (serverName is not null)
            builder.UseSslClientAuthenticationOptionsCallback(handshake => handshake.TargetHost = serverName);
        return builder.Build();
    }

    private sealed record Way(ConnectionOptions Options, NpgsqlConnectionStringBuilder Settings, SecretSource? Source);
}
