using System.Management.Automation;
using LakebaseOps.Commands;
using LakebaseOps.Operations;

namespace LakebaseOps.PowerShell.Tests.Commands;

/// <summary>A cmdlet over an operation that a test writes on the spot: it shows what the base class makes of it.</summary>
internal sealed class ProbeCommand(Func<IOperationSink, CancellationToken, Task> run) : LakebaseCommand
{
    /// <summary>Asks before it runs, as what writes does.</summary>
    public bool Asks { get; init; }

    /// <summary>Treats each record as one item of several.</summary>
    public bool ByItem { get; init; }

    /// <summary>True once the operation has ended, whichever way.</summary>
    public bool HasUnwound { get; private set; }

    protected override void ProcessRecord()
    {
        ProbeOperation operation = new(async (sink, token) =>
        {
            try
            {
                await run(sink, token);
            }
            finally
            {
                HasUnwound = true;
            }
        });
        if (ByItem)
            RunItem(operation, Asks);
        else
            Run(operation, Asks);
    }

    private sealed class ProbeOperation(Func<IOperationSink, CancellationToken, Task> run) : Operation
    {
        public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new OperationPlan("public.orders", "Load 2 files") { Steps = ["create the stage", "swap"] });

        public override Task RunAsync(IOperationSink sink, CancellationToken cancellationToken) => run(sink, cancellationToken);
    }
}
