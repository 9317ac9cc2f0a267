namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>Somebody who fills the table of a contest.</summary>
internal abstract class Contender
{
    /// <summary>The name in figures, e.g. "psql, 2 sessions".</summary>
    public abstract string Name { get; }

    /// <summary>True when it works in this process, so that its CPU time and memory are ours.</summary>
    public virtual bool IsOwn => true;

    /// <summary>Why it cannot take part; null when it can.</summary>
    public virtual string? Missing => null;

    /// <summary>The table it fills, when that is its own; else null.</summary>
    public virtual string? OwnTable => null;

    /// <summary>What stands behind the columns of the table it fills, e.g. a primary key; else empty.</summary>
    public virtual string KeyClause => "";

    /// <summary>Counted rounds it takes part in; one so slow that it would eat up everybody's time runs in few and without a warm-up.</summary>
    public virtual int? FewRounds => null;

    /// <summary>What is not measured, after the table was made anew.</summary>
    public virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Fills the table. The meter runs; it may be stopped before the end.</summary>
    public abstract Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken);
}

/// <summary>What a contender says about its own run.</summary>
/// <param name="LoadPhaseSeconds">Seconds of the phase Load alone.</param>
/// <param name="Encoding">How the rows were encoded.</param>
internal sealed record RunNote(double LoadPhaseSeconds, string Encoding);
