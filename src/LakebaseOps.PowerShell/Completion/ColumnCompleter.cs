using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace LakebaseOps.Completion;

/// <summary>Completes names of columns of the table that -Table names.</summary>
public sealed class ColumnCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        [.. Completions.Matching(wordToComplete, CatalogNames.Columns(fakeBoundParameters))];
}
