using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace LakebaseOps.Completion;

/// <summary>Completes names of tables: those of public by their bare name, too.</summary>
public sealed class TableCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        IReadOnlyList<TableName> tables = CatalogNames.Tables(fakeBoundParameters);
        return [.. Completions.Matching(wordToComplete, [.. tables.Select(Short), .. tables.Where(IsShort).Select(table => table.ToString())])
            .Take(tables.Count)];
    }

    private static bool IsShort(TableName table) => table.Schema == "public";

    private static string Short(TableName table) => IsShort(table) ? table.ToString()["public.".Length..] : table.ToString();
}
