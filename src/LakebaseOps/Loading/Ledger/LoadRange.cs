namespace LakebaseOps.Loading.Ledger;

/// <summary>A part of one input: bytes of a file (decompressed), or rows of a generator or pipeline.</summary>
/// <param name="Input">Number of the input within the load.</param>
/// <param name="From">First byte or row.</param>
/// <param name="To">Behind the last.</param>
internal readonly record struct LoadRange(int Input, long From, long To)
{
    /// <summary>What is left of an input when ranges of it are done, in order.</summary>
    public static IReadOnlyList<LoadRange> Left(LoadRange whole, IEnumerable<LoadRange> done)
    {
        List<LoadRange> left = [];
        long at = whole.From;
        foreach (LoadRange range in done.Where(range => range.Input == whole.Input).OrderBy(range => range.From))
        {
            if (range.From > at)
                left.Add(whole with { From = at, To = Math.Min(range.From, whole.To) });
            at = Math.Max(at, range.To);
        }

        if (at < whole.To)
            left.Add(whole with { From = at });
        return left;
    }
}
