namespace LakebaseOps.Synthesis;

/// <summary>What a column's values mean; the roles of one row agree with each other.</summary>
internal enum SyntheticRole
{
    /// <summary>Any value of the type.</summary>
    Any,

    /// <summary>The row's key.</summary>
    Key,

    /// <summary>All events of the row; at least 1, with a long tail.</summary>
    EventCount,

    /// <summary>Events of one sort: a part of all events.</summary>
    PartCount,

    /// <summary>Events of the last hours: a part of those of any longer time.</summary>
    RecentCount,

    /// <summary>Different things seen in the events: 1 up to the events.</summary>
    DistinctCount,

    /// <summary>Days with an event: at most the window's days.</summary>
    DayCount,

    /// <summary>A part's share of all events.</summary>
    PartRate,

    /// <summary>Recent events for each hour of their time.</summary>
    Velocity,

    /// <summary>The last hour's share of all events.</summary>
    BurstRate,

    /// <summary>Days with an event, as a share of the window.</summary>
    DayRate,

    /// <summary>A share on its own, 0 to 1.</summary>
    Rate,

    /// <summary>Mean amount of an event.</summary>
    AmountAverage,

    /// <summary>Sum over all events.</summary>
    AmountSum,

    /// <summary>Sum over a part's events.</summary>
    PartAmountSum,

    /// <summary>Mean seconds between events; 0 for a single one.</summary>
    SecondsBetween,

    /// <summary>Seconds from the first event to the update.</summary>
    SecondsSinceFirst,

    /// <summary>Seconds from the last event to the update.</summary>
    SecondsSinceLast,

    /// <summary>Seconds from the first event to the last.</summary>
    SecondsActive,

    /// <summary>Time of the first event.</summary>
    FirstTime,

    /// <summary>Time of the last event, not before the first.</summary>
    LastTime,

    /// <summary>Time of the update, not before the last event.</summary>
    UpdateTime,

    /// <summary>A time between the first and the last event.</summary>
    BetweenTime,
}
