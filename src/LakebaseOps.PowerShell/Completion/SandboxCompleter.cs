using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Completion;

/// <summary>Completes names of sandboxes.</summary>
public sealed class SandboxCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            return [.. Completions.Matching(
                wordToComplete, SandboxFolder.All(fakeBoundParameters?["Path"] as string).Select(folder => folder.Name))];
        }
        catch (Exception)
        {
            return [];
        }
    }
}
