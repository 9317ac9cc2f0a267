namespace LakebaseOps.Operations;

/// <summary>
/// One capability with its options: the cmdlets, the Runner, workflows and tests all run this same object.
/// </summary>
public abstract class Operation
{
    /// <summary>What <see cref="RunAsync"/> would do. May read from the server; writes nothing.</summary>
    public abstract Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Does it. Returns only when the outcome has been read back; throws <see cref="LakebaseException"/> otherwise.</summary>
    public abstract Task RunAsync(IOperationSink sink, CancellationToken cancellationToken);
}

/// <summary>What an operation is about to do; -WhatIf prints it.</summary>
/// <param name="Target">What it acts on.</param>
/// <param name="Action">What it does there.</param>
public sealed record OperationPlan(string Target, string Action)
{
    /// <summary>The single steps, one line each.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];
}
