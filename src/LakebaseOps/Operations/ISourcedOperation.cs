namespace LakebaseOps.Operations;

/// <summary>An operation that may read from a second session beside the one it works on.</summary>
public interface ISourcedOperation
{
    /// <summary>Name of the session to read from; null for the operation's own.</summary>
    string? SourceName { get; }

    /// <summary>The session of that name, which whoever runs the operation opens and closes.</summary>
    LakebaseSession? Source { get; set; }
}
