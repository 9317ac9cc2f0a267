using System.Diagnostics;
using LakebaseOps.Operations;
using LakebaseOps.Sandboxes;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>
/// Test-LakebaseConnection: looks at each layer by itself, the lowest first. A layer that failed makes the rest Skipped.
/// </summary>
[Command("Test-LakebaseConnection")]
public sealed class TestConnectionOperation(SessionRegistry sessions, TestConnectionOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(options.ToString(), "Test the connection"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        bool given = options.HostName is not null || options.ConnectionString is not null || options.Sandbox is not null;
        ConnectionOptions connection = SandboxConnection.Resolve(given ? options : PostgresSession.Of(sessions.Single()).Options);
        (NpgsqlConnectionStringBuilder settings, string? password) = ConnectionSettings.From(connection);
        SecretSource? secret = connection.Secret is not null ? SecretSource.Of(connection.Secret)
            : password is not null ? SecretSource.Of(SessionFactory.Conceal(password)) : null;
        settings.Pooling = false;
        NetworkProbe network = new(settings);
        NpgsqlDataSource source = SessionFactory.Create(settings, secret, static _ => { });
        await using (source.ConfigureAwait(false))
        {
            using ServerProbe server = new(source, settings, options);
            (ConnectionLayer Layer, Func<CancellationToken, Task<LayerFinding>> Look)[] layers =
            [
                (ConnectionLayer.Name, network.NameAsync),
                (ConnectionLayer.Tcp, network.TcpAsync),
                (ConnectionLayer.Tls, network.TlsAsync),
                (ConnectionLayer.Authentication, server.AuthenticationAsync),
                (ConnectionLayer.Database, server.DatabaseAsync),
                (ConnectionLayer.Endpoint, server.EndpointAsync),
                (ConnectionLayer.Settings, server.SettingsAsync),
                (ConnectionLayer.Privileges, server.PrivilegesAsync),
            ];
            ConnectionLayer? failed = null;
            foreach ((ConnectionLayer layer, Func<CancellationToken, Task<LayerFinding>> look) in layers)
            {
                ConnectionCheck check = failed is null
                    ? await CheckAsync(layer, look, $"{settings.Host}:{settings.Port}", cancellationToken).ConfigureAwait(false)
                    : new ConnectionCheck { Layer = layer, Status = CheckStatus.Skipped, Detail = $"{failed} has failed." };
                if (check.Status == CheckStatus.Failed)
                    failed = layer;
                if (!options.Quiet)
                    await sink.EmitAsync(check, cancellationToken).ConfigureAwait(false);
                else if (check.Status == CheckStatus.Failed)
                    sink.Trace($"{layer}: {check.Detail} {check.Remedy}");
            }

            if (options.Quiet)
                await sink.EmitAsync(failed is null, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<ConnectionCheck> CheckAsync(
        ConnectionLayer layer, Func<CancellationToken, Task<LayerFinding>> look, string target, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        LayerFinding found;
        try
        {
            found = await look(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LakebaseError error = ErrorTranslator.Connecting(exception, target);
            found = new LayerFinding(CheckStatus.Failed, error.Message, error.Remedy ?? "") { ErrorId = error.Id };
        }

        return new ConnectionCheck
        {
            Layer = layer,
            Status = found.Status,
            Detail = found.Detail,
            Remedy = found.Remedy,
            ErrorId = found.ErrorId,
            Duration = Stopwatch.GetElapsedTime(start),
        };
    }
}

/// <summary>What a look at one layer found.</summary>
internal sealed record LayerFinding(CheckStatus Status, string Detail, string Remedy = "")
{
    /// <summary>The id of the error, for a failed layer.</summary>
    public string? ErrorId { get; init; }

    /// <summary>All is well.</summary>
    public static LayerFinding Passed(string detail) => new(CheckStatus.Passed, detail);
}
