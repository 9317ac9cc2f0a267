using LakebaseOps.Operations;

namespace LakebaseOps.Connections;

/// <summary>Get-LakebaseSession.</summary>
[Command("Get-LakebaseSession")]
public sealed class GetSessionOperation(SessionRegistry sessions, SessionOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan("open sessions", "List"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (string name in options.Name.Count == 0 ? ["*"] : options.Name)
        {
            IReadOnlyList<LakebaseSession> found = sessions.Find(name, sink.Fail);
            foreach (LakebaseSession session in found)
                await sink.EmitAsync(session, cancellationToken).ConfigureAwait(false);
        }
    }
}
