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
        ArgumentNullException.ThrowIfNull(options);
        options = SandboxConnection.Resolve(options);
        (NpgsqlConnectionStringBuilder settings, string? password) = ConnectionSettings.From(options);
        SecretSource? source = secrets
            ?? (options.Secret is not null ? SecretSource.Of(options.Secret)
                : password is not null ? SecretSource.Of(Conceal(password)) : null);
        // What was a part of the connection string goes on as a secret of its own.
        options = options with { ConnectionString = settings.ConnectionString, Secret = options.Secret ?? (password is null ? null : Conceal(password)) };
        try
        {
            Version version;
            NpgsqlDataSource probe = Create(settings, source, static own => own.Pooling = false);
            await using (probe.ConfigureAwait(false))
            {
                NpgsqlConnection connection = await probe.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                    version = connection.PostgreSqlVersion;
            }

            return new PostgresSession(
                options.Name ?? $"{settings.Host}/{settings.Database}", options, settings, (configure, name) => Create(settings, source, configure, name), version)
            { Secrets = source };
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw ErrorTranslator.Connecting(exception, $"{settings.Host}:{settings.Port}/{settings.Database}").ToException();
        }
    }

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

    internal static NpgsqlDataSource Create(
        NpgsqlConnectionStringBuilder settings, SecretSource? source, Action<NpgsqlConnectionStringBuilder> configure, string? serverName = null)
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

        // Connections that lead through somebody else still ask for the server by its name and verify that.
        if (serverName is not null)
            builder.UseSslClientAuthenticationOptionsCallback(handshake => handshake.TargetHost = serverName);
        return builder.Build();
    }
}
