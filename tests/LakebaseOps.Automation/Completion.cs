using System.Collections;
using System.Management.Automation.Language;

namespace System.Management.Automation
{
    public interface IArgumentCompleter
    {
        IEnumerable<CompletionResult> CompleteArgument(
            string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters);
    }

    public enum CompletionResultType
    {
        Text, History, Command, ProviderItem, ProviderContainer, Property, Method, ParameterName, ParameterValue, Variable,
        Namespace, Type, Keyword, DynamicKeyword,
    }

    public class CompletionResult(string completionText, string listItemText, CompletionResultType resultType, string toolTip)
    {
        public CompletionResult(string completionText)
            : this(completionText, completionText, CompletionResultType.Text, completionText)
        {
        }

        public string CompletionText { get; } = completionText;

        public string ListItemText { get; } = listItemText;

        public CompletionResultType ResultType { get; } = resultType;

        public string ToolTip { get; } = toolTip;
    }

    [Flags]
    public enum WildcardOptions { None = 0, Compiled = 1, IgnoreCase = 2, CultureInvariant = 4 }

    /// <summary>Stars and question marks, not sets.</summary>
    public sealed class WildcardPattern(string pattern, WildcardOptions options)
    {
        public WildcardPattern(string pattern)
            : this(pattern, WildcardOptions.None)
        {
        }

        public static WildcardPattern Get(string pattern, WildcardOptions options) => new(pattern, options);

        public static bool ContainsWildcardCharacters(string pattern) => pattern.AsSpan().IndexOfAny("*?[") >= 0;

        public bool IsMatch(string input) => IO.Enumeration.FileSystemName.MatchesSimpleExpression(
            pattern, input, options.HasFlag(WildcardOptions.IgnoreCase));
    }
}

namespace System.Management.Automation.Language
{
    public abstract class Ast;

    public class CommandAst : Ast;
}
