using System.Globalization;

namespace LakebaseOps;

/// <summary>The upserts that went on while a cell was measured, together with the cells beside it.</summary>
public sealed record RefreshResult
{
    /// <summary>Rows per second asked for, over all tables.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Rows per second upserted.</summary>
    public double AchievedPerSecond { get; init; }

    /// <summary>Rows upserted, each with the values it had.</summary>
    public long Rows { get; init; }

    /// <summary>Loads that they took.</summary>
    public long Loads { get; init; }

    /// <summary>Loads that failed.</summary>
    public long Errors { get; init; }

    /// <summary>Failed loads by SQLSTATE or error id.</summary>
    public IReadOnlyDictionary<string, long> ErrorsByCode { get; init; } = new Dictionary<string, long>();

    /// <summary>Time from the first load's begin to the last one's end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What a cell's loop is called more under such a refresh.</summary>
    public static string Label(double rowsPerSecond) =>
        string.Create(CultureInfo.InvariantCulture, $", {rowsPerSecond:#,0.###} rows/s refreshed");
}
