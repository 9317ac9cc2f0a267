using System.CommandLine;

namespace LakebaseOps.Runner;

/// <summary>The arguments that both commands take.</summary>
internal sealed class WorkflowArguments
{
    /// <summary>The workflow file.</summary>
    public Argument<string> File { get; } = new("FILE") { Description = "The workflow file." };

    /// <summary>Values of variables.</summary>
    public Option<string[]> Set { get; } = new("--set")
    {
        Description = "Value of a variable of the workflow: key=value. May be given several times.",
        HelpName = "key=value",
        DefaultValueFactory = _ => [],
    };

    /// <summary>One JSON line for each result.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Write one JSON line for each result." };

    /// <summary>The variables given.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: no key=value.</exception>
    public Dictionary<string, string> Variables(ParseResult parsed) => parsed.GetRequiredValue(Set)
        .Select(pair => pair.IndexOf('=', StringComparison.Ordinal) is var at and > 0
            ? KeyValuePair.Create(pair[..at], pair[(at + 1)..])
            : throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'--set {pair}' is not key=value.")
            { Target = pair, Remedy = "Write --set scale=0.001, for example." }.ToException())
        .ToDictionary(StringComparer.OrdinalIgnoreCase);
}
