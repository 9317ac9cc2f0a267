using System.Collections;

namespace LakebaseOps;

/// <summary>
/// What -Session accepts: a session, the name of an open one, a connection string, a hashtable of connection options
/// (as an Azure Automation connection asset gives), or a sandbox.
/// </summary>
public sealed class SessionReference
{
    /// <summary>An open session.</summary>
    public SessionReference(LakebaseSession session) => Value = session ?? throw new ArgumentNullException(nameof(session));

    /// <summary>The name of an open session, or a connection string.</summary>
    public SessionReference(string nameOrConnectionString) =>
        Value = nameOrConnectionString ?? throw new ArgumentNullException(nameof(nameOrConnectionString));

    /// <summary>Connection options by name.</summary>
    public SessionReference(IDictionary options) => Value = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>A running sandbox.</summary>
    public SessionReference(LakebaseSandbox sandbox) => Value = sandbox ?? throw new ArgumentNullException(nameof(sandbox));

    /// <summary>The thing given.</summary>
    public object Value { get; }

    /// <inheritdoc />
    public override string ToString() => Value switch
    {
        string text when text.Contains('=', StringComparison.Ordinal) => "connection string",
        IDictionary => "connection options",
        _ => Value.ToString() ?? "",
    };
}
