using System.Globalization;

namespace LakebaseOps.Tests;

/// <summary>
/// How long a test with many cases runs. LAKEBASEOPS_SOAK holds the share of the soak to do: unset means the ordinary suite,
/// 1 the whole soak, 0.05 a twentieth of it. "test --soak" sets it.
/// </summary>
internal static class Soak
{
    private const string Variable = "LAKEBASEOPS_SOAK";

    private static readonly double Share =
        Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text ? 0
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is > 0 and < 1e6 ? share
        : throw new InvalidOperationException($"{Variable} is '{text}', not a number above 0.");

    /// <summary>True in a soak.</summary>
    public static bool IsOn => Share > 0;

    /// <summary>How many cases to run: <paramref name="suite"/> in the ordinary suite, <paramref name="soak"/> in a whole soak, never fewer than in the suite.</summary>
    public static int Cases(int suite, int soak) => IsOn ? (int)Math.Max(suite, Math.Min(int.MaxValue, Math.Round(soak * Share))) : suite;

    /// <summary>Prints how far a long test is, in a soak only: a line goes to the console at once.</summary>
    public static void Say(string line)
    {
        if (IsOn)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {line}"));
    }
}
