namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>A contender that is another program.</summary>
internal abstract class ExternalProgram(BenchServer server, string program) : Contender
{
    /// <inheritdoc />
    public override bool IsOwn => false;

    /// <inheritdoc />
    public override string? Missing => Find(program) is null ? $"{program} is not installed" : null;

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="BenchmarkException">It failed.</exception>
    protected Task ExecuteAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        OtherProgram.RunAsync(server, program, Name, arguments, cancellationToken);

    /// <summary>Where a program is; null when it is not installed.</summary>
    protected string? Find(string name) => OtherProgram.Find(server, name);
}
