using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using LakebaseOps.Commands;

namespace LakebaseOps.Completion;

/// <summary>Completes names of open sessions.</summary>
public sealed class SessionCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completions.Matching(wordToComplete, RunspaceSessions.Current.Sessions.Select(session => session.Name));
}
