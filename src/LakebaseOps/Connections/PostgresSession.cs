using System.Net;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>The one kind of <see cref="LakebaseSession"/> there is: a session over an Npgsql data source.</summary>
public sealed class PostgresSession : LakebaseSession
{
    private readonly Func<Action<NpgsqlConnectionStringBuilder>, string?, NpgsqlDataSource> _factory;
    private readonly NpgsqlConnectionStringBuilder _settings;
    private int _closed;

    internal PostgresSession(
        string name,
        ConnectionOptions options,
        NpgsqlConnectionStringBuilder settings,
        Func<Action<NpgsqlConnectionStringBuilder>, string?, NpgsqlDataSource> factory,
        Version serverVersion)
        : base(name)
    {
        Options = options;
        _settings = settings;
        _factory = factory;
        ServerVersion = serverVersion;
        DataSource = factory(static _ => { }, null);
    }

    /// <summary>What it was opened with.</summary>
    internal ConnectionOptions Options { get; }

    /// <summary>Where its secret comes from, for a program that must log in by itself; null where none is needed.</summary>
    internal SecretSource? Secrets { get; init; }

    /// <summary>The session's own pool.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <inheritdoc />
    public override string Host => _settings.Host ?? "";

    /// <inheritdoc />
    public override int Port => _settings.Port;

    /// <inheritdoc />
    public override string Database => _settings.Database ?? "";

    /// <inheritdoc />
    public override string Username => _settings.Username ?? "";

    /// <inheritdoc />
    public override string SslMode => _settings.SslMode.ToString();

    /// <inheritdoc />
    public override Version ServerVersion { get; }

    /// <inheritdoc />
    public override bool IsClosed => Volatile.Read(ref _closed) != 0;

    /// <summary>The Npgsql side of a session.</summary>
    /// <exception cref="LakebaseException">SessionClosed.</exception>
    public static PostgresSession Of(LakebaseSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session is PostgresSession { IsClosed: false } open)
            return open;
        throw new LakebaseError(ErrorIds.SessionClosed, LakebaseErrorKind.InvalidState,
            $"The session '{session.Name}' was closed.")
        {
            Target = session.Name,
            Remedy = "Open it again with Connect-Lakebase.",
        }.ToException();
    }

    /// <summary>Opens a connection of the session's pool.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        DataSource.OpenConnectionAsync(cancellationToken);

    /// <summary>A pool of its own for one task, e.g. with other buffers or a fixed size; the caller disposes it.</summary>
    /// <param name="configure">Changes its settings.</param>
    /// <param name="relay">
    /// Who passes the bytes on to the server, e.g. over a longer way; null to connect directly. TLS goes through it untouched and goes
    /// on verifying the server's own name.
    /// </param>
    public NpgsqlDataSource CreateDataSource(Action<NpgsqlConnectionStringBuilder> configure, IPEndPoint? relay = null) => relay is null
        ? _factory(configure, null)
        : _factory(settings =>
        {
            configure(settings);
            (settings.Host, settings.Port) = (relay.Address.ToString(), relay.Port);
            // Nobody speaks TLS over a socket of this machine.
            if (Host.StartsWith('/') || Host.StartsWith('@'))
                settings.SslMode = Npgsql.SslMode.Disable;
        }, Host);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
            await DataSource.DisposeAsync().ConfigureAwait(false);
    }
}
