using LakebaseOps.Loading;
using LakebaseOps.Operations;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>
/// Our loader: the operation behind Invoke-LakebaseBulkLoad with all that belongs to it (plan, ledger, content hash). An
/// append is measured whole; a replace up to the end of its phase Load, since no other contender builds keys or swaps.
/// </summary>
internal sealed class OwnLoad(BenchServer server, string name, BulkLoadOptions options) : Contender
{
    /// <inheritdoc />
    public override string Name => name;

    /// <inheritdoc />
    public override string KeyClause => Key is null ? "" : $", PRIMARY KEY ({TableName.Quote(Key)})";

    /// <summary>The primary key's column; null for a table without one.</summary>
    public string? Key { get; init; }

    /// <summary>The session that the rows come from; null for files and the generator.</summary>
    public LakebaseSession? Source { get; init; }

    /// <summary>Rows that it must refuse, no more and no fewer.</summary>
    public long Rejected { get; init; }

    /// <inheritdoc />
    public override Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (options.RejectPath is not null)
            File.Delete(options.RejectPath);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        bool replaces = options.Mode == BulkLoadMode.Replace;
        Listener listener = new(milestone =>
        {
            if (replaces && milestone.Contains("loaded in", StringComparison.Ordinal))
                meter.Stop();
        });
        await new BulkLoadOperation(server.Session, options with { SkipVacuum = true }) { Source = Source }.RunAsync(listener, cancellationToken);
        if (replaces && !meter.HasStopped)
            throw new BenchmarkException($"'{name}' did not say when its phase Load was over.");
        meter.Stop();
        if (listener.Result is not { Status: "Loaded" } result)
            throw new BenchmarkException($"'{name}' did not load the table: {listener.Error?.ToString() ?? listener.Result?.Status}");
        if (result.Rejected != Rejected)
            throw new BenchmarkException($"'{name}' refused {result.Rejected} rows instead of {Rejected}.");
        return new RunNote(result.Phases.Single(phase => phase.Phase == "Load").Duration.TotalSeconds, result.Encoding);
    }

    private sealed class Listener(Action<string> milestone) : IOperationSink
    {
        public BulkLoadResult? Result { get; private set; }

        public LakebaseError? Error { get; private set; }

        public ValueTask EmitAsync(object result, CancellationToken cancellationToken)
        {
            Result = result as BulkLoadResult;
            return ValueTask.CompletedTask;
        }

        public void Report(OperationProgress progress)
        {
        }

        public void Trace(string message)
        {
        }

        public void Warn(string message)
        {
            // The one warning there is, of refused rows, is judged by their number.
        }

        public void Milestone(string message) => milestone(message);

        public void Fail(LakebaseError error) => Error = error;
    }
}
