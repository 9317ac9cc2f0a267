using LakebaseOps.Operations;

namespace LakebaseOps.Connections;

/// <summary>Connect-Lakebase.</summary>
[Command("Connect-Lakebase")]
public sealed class ConnectOperation(SessionRegistry sessions, ConnectionOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(options.Name ?? options.HostName ?? options.Sandbox ?? "the server", "Open a session"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        if (options.Name is not null)
            sessions.RequireFree(options.Name);
        PostgresSession session = await SessionFactory.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            sessions.Add(session);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        sink.Trace($"Session '{session.Name}': {session.Username} on {session.Host}:{session.Port}/{session.Database}, "
            + $"PostgreSQL {session.ServerVersion}, TLS {session.SslMode}");
        await sink.EmitAsync(session, cancellationToken).ConfigureAwait(false);
    }
}
