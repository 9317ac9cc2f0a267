using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace LakebaseOps.Completion;

/// <summary>Completes names of known workloads; where none fits, PowerShell goes on with files.</summary>
public sealed class WorkloadCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        [.. Completions.Matching(wordToComplete, Enum.GetNames<FeatureWorkload>())];
}
