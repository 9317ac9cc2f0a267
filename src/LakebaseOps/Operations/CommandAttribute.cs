namespace LakebaseOps.Operations;

/// <summary>
/// Names the command an operation implements. Its constructor takes any of <see cref="LakebaseSession"/>,
/// <see cref="Connections.SessionRegistry"/> and the options record, whose properties are the command's parameters.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CommandAttribute(string name) : Attribute
{
    /// <summary>Verb-Noun.</summary>
    public string Name { get; } = name;

    /// <summary>True when the command changes something on the server or on disk.</summary>
    public bool Writes { get; init; }
}
