namespace LakebaseOps.Verification;

/// <summary>The outcome of a check before table and session are filled in.</summary>
/// <param name="Status">Passed, Warning, Failed or Skipped.</param>
/// <param name="Expected">What should be.</param>
/// <param name="Actual">What is.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record Finding(CheckStatus Status, string Expected, string Actual, string Remedy)
{
    /// <summary>Rows that differ.</summary>
    public IReadOnlyList<RowDifference> Differences { get; init; } = [];

    /// <summary>As it should be when <paramref name="good"/>, else a failure.</summary>
    public static Finding Require(bool good, string expected, string actual, string remedy) =>
        new(good ? CheckStatus.Passed : CheckStatus.Failed, expected, actual, good ? "" : remedy);

    /// <summary>As it should be when <paramref name="good"/>, else a warning.</summary>
    public static Finding Prefer(bool good, string expected, string actual, string remedy) =>
        new(good ? CheckStatus.Passed : CheckStatus.Warning, expected, actual, good ? "" : remedy);

    /// <summary>Not checked, and why.</summary>
    public static Finding Skip(string why, string remedy = "") => new(CheckStatus.Skipped, "", why, remedy);
}
