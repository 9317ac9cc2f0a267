namespace LakebaseOps.Synthesis;

/// <summary>
/// What one row is about; every column shows one side of it, so that the columns of a row never contradict each other.
/// </summary>
internal readonly ref struct SyntheticFacts
{
    /// <summary>Microseconds of a day.</summary>
    public const long MicrosecondsOfDay = 86_400_000_000;

    private const int CountPurpose = -10;
    private const int AmountPurpose = -11;
    private const int UpdatePurpose = -12;
    private const int FirstPurpose = -13;
    private const int LastPurpose = -14;
    private const int DayPurpose = -15;
    private const int HourPurpose = -20;
    /// <summary>2026-01-01 00:00 UTC, in microseconds since 2000-01-01: no update is later.</summary>
    private const long AsOf = 9_497 * MicrosecondsOfDay;

    private readonly ulong _row;
    private readonly int _days;

    public SyntheticFacts(ulong row, int days)
    {
        _row = row;
        _days = days;
        Events = SyntheticRandom.Count(Bits(CountPurpose));
        Updated = AsOf - SyntheticRandom.Below(Bits(UpdatePurpose), MicrosecondsOfDay);
        First = Updated - SyntheticRandom.Below(Bits(FirstPurpose), days * MicrosecondsOfDay);
        Last = Events == 1 ? First : First + SyntheticRandom.Below(Bits(LastPurpose), Updated - First + 1);
    }

    /// <summary>All events, at least 1.</summary>
    public long Events { get; }

    /// <summary>Microseconds since 2000-01-01 of the first event.</summary>
    public long First { get; }

    /// <summary>The same of the last event.</summary>
    public long Last { get; }

    /// <summary>The same of the update.</summary>
    public long Updated { get; }

    /// <summary>Random bits for one purpose.</summary>
    public ulong Bits(int purpose) => SyntheticRandom.Bits(_row, purpose);

    /// <summary>A whole number for a column.</summary>
    public long Whole(in SyntheticColumn column) => column.Role switch
    {
        SyntheticRole.EventCount => Events,
        SyntheticRole.PartCount => Part(column.Part),
        SyntheticRole.RecentCount => Recent(column.Hours),
        SyntheticRole.DistinctCount => 1 + SyntheticRandom.Below(Bits(column.Purpose), Math.Min(Events, 50)),
        SyntheticRole.DayCount => Days(),
        SyntheticRole.SecondsSinceFirst => (Updated - First) / 1_000_000,
        SyntheticRole.SecondsSinceLast => (Updated - Last) / 1_000_000,
        SyntheticRole.SecondsActive => (Last - First) / 1_000_000,
        _ => (long)(Bits(column.Purpose) >> 33),
    };

    /// <summary>A number with a fraction for a column.</summary>
    public double Fraction(in SyntheticColumn column) => column.Role switch
    {
        SyntheticRole.PartRate => (double)Part(column.Part) / Events,
        SyntheticRole.Velocity => (double)Recent(column.Hours) / column.Hours,
        SyntheticRole.BurstRate => (double)Recent(1) / Events,
        SyntheticRole.DayRate => (double)Days() / _days,
        SyntheticRole.Rate => SyntheticRandom.Unit(Bits(column.Purpose)),
        SyntheticRole.AmountAverage => Amount(),
        SyntheticRole.AmountSum => Amount() * Events,
        SyntheticRole.PartAmountSum => Amount() * Part(column.Part),
        SyntheticRole.SecondsBetween => Events == 1 ? 0 : (Last - First) / (1e6 * (Events - 1)),
        _ => SyntheticRandom.Unit(Bits(column.Purpose)) * 1_000,
    };

    /// <summary>A time for a column, in microseconds since 2000-01-01.</summary>
    public long Time(in SyntheticColumn column) => column.Role switch
    {
        SyntheticRole.FirstTime => First,
        SyntheticRole.LastTime => Last,
        SyntheticRole.UpdateTime => Updated,
        _ => First + SyntheticRandom.Below(Bits(column.Purpose), Last - First + 1),
    };

    /// <summary>Events of one sort. Most sorts are rare; good events are all that were not declined.</summary>
    private long Part(int part)
    {
        if (part == SyntheticRoles.Good)
            return Events - Part(SyntheticRoles.Declined);
        double unit = SyntheticRandom.Unit(Bits(part));
        return (long)(unit * unit * unit * (Events + 1));
    }

    /// <summary>Events of the last hours; a shorter time never has more than a longer one.</summary>
    private long Recent(int hours)
    {
        double share = 1;
        foreach (int step in (ReadOnlySpan<int>)[168, 24, 1])
        {
            if (hours <= step)
                share *= SyntheticRandom.Unit(Bits(HourPurpose - step));
        }

        return (long)(share * (Events + 1));
    }

    private long Days() => 1 + SyntheticRandom.Below(Bits(DayPurpose), Math.Min(Events, _days));

    /// <summary>A mean amount in whole cents: small ones are the rule.</summary>
    private double Amount()
    {
        double unit = SyntheticRandom.Unit(Bits(AmountPurpose));
        return Math.Round(1 + (unit * unit * 500), 2);
    }
}
