using Xunit.v3;

namespace LakebaseOps.Tests;

/// <summary>
/// Runs on the other version of the server too, not on the installed one alone: for what a server's version decides, such as its catalogs,
/// views, privileges and functions. What is made on this side, or sends the same plain SQL everywhere, one version proves for all.
/// </summary>
/// <param name="reason">What differs, or could.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class EachServerAttribute(string reason) : Attribute, ITraitAttribute
{
    /// <summary>What differs, or could.</summary>
    public string Reason { get; } = reason;

    /// <inheritdoc />
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Server", "each")];
}
