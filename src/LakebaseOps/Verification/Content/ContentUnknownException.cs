namespace LakebaseOps.Verification.Content;

/// <summary>Content that cannot be compared here; the message says why.</summary>
internal sealed class ContentUnknownException(string message) : Exception(message)
{
    /// <summary>How it can be compared.</summary>
    public string Remedy { get; init; } = "";
}
