namespace LakebaseOps.PowerShell.Tests;

/// <summary>A rule that many things must keep: it fails with every one that does not.</summary>
internal static class Convention
{
    public static void Holds(IEnumerable<string?> violations)
    {
        string[] all = [.. violations.OfType<string>()];
        if (all.Length > 0)
            Assert.Fail($"{all.Length} break the rule:\n  {string.Join("\n  ", all)}");
    }

    /// <summary>Both sides name the same things.</summary>
    public static void Same(string left, IEnumerable<string> leftNames, string right, IEnumerable<string> rightNames)
    {
        string[] ours = [.. leftNames];
        string[] theirs = [.. rightNames];
        Holds([
            .. ours.Except(theirs, StringComparer.Ordinal).Select(name => $"{name}: in {left}, not in {right}"),
            .. theirs.Except(ours, StringComparer.Ordinal).Select(name => $"{name}: in {right}, not in {left}"),
        ]);
    }
}
