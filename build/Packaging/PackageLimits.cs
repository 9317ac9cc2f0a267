namespace LakebaseOps.Build.Packaging;

/// <summary>What Azure Automation accepts as a module.</summary>
public static class PackageLimits
{
    /// <summary>Largest zip, in bytes.</summary>
    public const long LargestZip = 100L * 1024 * 1024;

    /// <summary>Longest path in the zip, in characters.</summary>
    public const int LongestPath = 139;

    /// <summary>What a package would be refused for; empty when it fits.</summary>
    public static IReadOnlyList<string> Problems(IEnumerable<string> entries, long zipBytes) =>
    [
        .. entries.Where(entry => entry.Length > LongestPath).Select(entry => $"The path {entry} has {entry.Length} characters; {LongestPath} are allowed."),
        .. zipBytes > LargestZip ? [$"The zip has {zipBytes} bytes; {LargestZip} are allowed."] : Array.Empty<string>(),
    ];
}
