namespace LakebaseOps.Operations;

/// <summary>Where an operation sends what it has to say. Safe to call from several threads at once.</summary>
public interface IOperationSink
{
    /// <summary>A result for the pipeline; waits while the reader is behind.</summary>
    ValueTask EmitAsync(object result, CancellationToken cancellationToken);

    /// <summary>How far the work is; only the latest of an activity is shown.</summary>
    void Report(OperationProgress progress);

    /// <summary>A detail for the verbose stream.</summary>
    void Trace(string message);

    /// <summary>Something that works and yet deserves attention.</summary>
    void Warn(string message);

    /// <summary>A step done, for logs that drop progress.</summary>
    void Milestone(string message);

    /// <summary>One item failed and the work goes on. What stops everything is thrown instead.</summary>
    void Fail(LakebaseError error);
}
