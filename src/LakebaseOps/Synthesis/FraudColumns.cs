namespace LakebaseOps.Synthesis;

/// <summary>The columns of each family: as many columns of eight bytes as the real tables have.</summary>
internal static class FraudColumns
{
    private const string Count = "bigint";
    private const string Rate = "double precision";
    private const string Time = "timestamp with time zone";

    private static readonly Dictionary<string, (string Name, string Type)[]> Families = new(StringComparer.Ordinal)
    {
        ["fraud_rates"] =
        [
            ("event_count", Count), ("fraud_count", Count), ("fraud_rate", Rate), ("amount_sum", Rate), ("amount_avg", Rate),
            ("fraud_amount_sum", Rate), ("updated_at", Time),
        ],
        ["time_since"] =
        [
            ("event_count", Count), ("first_seen_at", Time), ("last_seen_at", Time), ("seconds_since_first", Count),
            ("seconds_since_last", Count), ("seconds_active", Count), ("seconds_between_avg", Rate), ("day_count", Count),
            ("active_day_rate", Rate), ("updated_at", Time),
        ],
        ["good_rates"] =
        [
            ("event_count", Count), ("good_count", Count), ("good_rate", Rate), ("declined_count", Count), ("declined_rate", Rate),
            ("amount_sum", Rate), ("amount_avg", Rate), ("last_good_at", Time), ("updated_at", Time),
        ],
        ["tesseract_velocities"] =
        [
            ("event_count", Count), ("event_count_1h", Count), ("event_count_24h", Count), ("event_count_7d", Count),
            ("merchant_count", Count), ("device_count", Count), ("country_count", Count), ("amount_sum", Rate), ("amount_avg", Rate),
            ("velocity_1h", Rate), ("velocity_24h", Rate), ("velocity_7d", Rate), ("burst_rate", Rate), ("first_seen_at", Time),
            ("last_seen_at", Time), ("updated_at", Time),
        ],
    };

    /// <summary>The family's columns behind the key.</summary>
    public static IEnumerable<ColumnDefinition> Of(string family) =>
        Families[family].Select(column => new ColumnDefinition(column.Name, column.Type));
}
