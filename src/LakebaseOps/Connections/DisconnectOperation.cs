using LakebaseOps.Operations;

namespace LakebaseOps.Connections;

/// <summary>Disconnect-Lakebase: closes sessions with all their connections.</summary>
[Command("Disconnect-Lakebase")]
public sealed class DisconnectOperation(SessionRegistry sessions, DisconnectOptions options) : Operation
{
    /// <summary>Sessions given as such, which need not be in the registry.</summary>
    public IReadOnlyList<LakebaseSession> Given { get; init; } = [];

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(options.All ? "all sessions" : string.Join(", ", options.Name), "Close"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (LakebaseSession session in Wanted(sink))
        {
            sessions.Remove(session);
            await session.DisposeAsync().ConfigureAwait(false);
            sink.Trace($"Session '{session.Name}' is closed.");
        }
    }

    private IReadOnlyList<LakebaseSession> Wanted(IOperationSink sink)
    {
        if (options.All)
            return sessions.Sessions;
        if (options.Name.Count > 0)
            return [.. options.Name.SelectMany(name => sessions.Find(name, sink.Fail)).Distinct()];
        return Given.Count > 0 ? Given : [sessions.Single()];
    }
}
