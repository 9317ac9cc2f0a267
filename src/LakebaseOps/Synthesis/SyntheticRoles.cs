using System.Text.RegularExpressions;

namespace LakebaseOps.Synthesis;

/// <summary>What a column's name says about its values.</summary>
internal static partial class SyntheticRoles
{
    /// <summary>The role of a column that is no key.</summary>
    public static SyntheticRole Of(string name, SyntheticType type) => type switch
    {
        SyntheticType.Int32 or SyntheticType.Int64 => Whole(name),
        SyntheticType.Single or SyntheticType.Double => Fraction(name),
        SyntheticType.Timestamp or SyntheticType.Date => Time(name),
        _ => SyntheticRole.Any,
    };

    /// <summary>Names the part of the events that a column is about: the first word, e.g. "fraud" of "fraud_rate".</summary>
    public static int Part(string name) => (int)(SyntheticRandom.Start(0, name.Split('_')[0]) & 0x3FFF_FFFF);

    /// <summary>The part of good events, which is all events but the declined ones.</summary>
    public static int Good { get; } = Part("good");

    /// <summary>The part of declined events.</summary>
    public static int Declined { get; } = Part("declined");

    /// <summary>Hours that a name ends with, e.g. 168 of "event_count_7d"; 0 when it says none.</summary>
    public static int Hours(string name) => Span().Match(name) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, out int number)
        ? number * (match.Groups[2].Value == "d" ? 24 : 1)
        : 0;

    private static SyntheticRole Whole(string name) => name switch
    {
        "event_count" or "total_count" => SyntheticRole.EventCount,
        "day_count" => SyntheticRole.DayCount,
        "merchant_count" or "device_count" or "country_count" => SyntheticRole.DistinctCount,
        "seconds_since_first" => SyntheticRole.SecondsSinceFirst,
        "seconds_active" => SyntheticRole.SecondsActive,
        _ when Has(name, "seconds") => SyntheticRole.SecondsSinceLast,
        _ when Has(name, "count") => Hours(name) > 0 ? SyntheticRole.RecentCount : SyntheticRole.PartCount,
        _ => SyntheticRole.Any,
    };

    private static SyntheticRole Fraction(string name) => name switch
    {
        "fraud_rate" or "good_rate" or "declined_rate" => SyntheticRole.PartRate,
        "burst_rate" => SyntheticRole.BurstRate,
        "active_day_rate" => SyntheticRole.DayRate,
        "amount_sum" => SyntheticRole.AmountSum,
        "amount_avg" => SyntheticRole.AmountAverage,
        _ when Has(name, "amount_sum") => SyntheticRole.PartAmountSum,
        _ when Has(name, "velocity") && Hours(name) > 0 => SyntheticRole.Velocity,
        _ when Has(name, "seconds") => SyntheticRole.SecondsBetween,
        _ when Has(name, "rate") || Has(name, "ratio") || Has(name, "share") || Has(name, "score") => SyntheticRole.Rate,
        _ => SyntheticRole.Any,
    };

    private static SyntheticRole Time(string name) => name switch
    {
        _ when Has(name, "first") || Has(name, "created") => SyntheticRole.FirstTime,
        _ when Has(name, "last") => SyntheticRole.LastTime,
        _ when Has(name, "updated") || Has(name, "loaded") => SyntheticRole.UpdateTime,
        _ => SyntheticRole.BetweenTime,
    };

    private static bool Has(string name, string word) => name.Contains(word, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("_([0-9]{1,4})([hd])$")]
    private static partial Regex Span();
}
