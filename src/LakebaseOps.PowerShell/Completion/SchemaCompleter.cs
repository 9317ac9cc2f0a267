using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace LakebaseOps.Completion;

/// <summary>Completes schemas that hold tables.</summary>
public sealed class SchemaCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        [.. Completions.Matching(wordToComplete, CatalogNames.Tables(fakeBoundParameters).Select(table => table.Schema).Distinct())];
}
