using LakebaseOps.Synthesis;

namespace LakebaseOps.Tests.Synthesis;

public sealed class SyntheticTableTests
{
    public static TheoryData<string> Names => [.. FraudWorkload.Tables.Select(table => table.Name)];

    [Fact]
    public void Any_slice_alone_is_the_same_slice_of_the_whole()
    {
        SyntheticTable table = Fraud("client_id_card_fingerprint__time_since__90d", nullShare: 0.1);
        string[] whole = [.. Rows(table, 0, 700).Texts];
        Assert.Equal(whole[500..600], Rows(Fraud("client_id_card_fingerprint__time_since__90d", nullShare: 0.1), 500, 100).Texts);
        Assert.Equal(700, whole.Distinct().Count());
        Assert.NotEqual(whole, Rows(Fraud("client_id_card_fingerprint__time_since__90d", seed: 2, nullShare: 0.1), 0, 700).Texts);
        Assert.NotEqual(
            whole.Select(row => row[65..]),
            Rows(Fraud("client_id_card_fingerprint__time_since__30d", nullShare: 0.1), 0, 700).Texts.Select(row => row[65..]));
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(63, 65)]
    [InlineData(999, 1000)]
    [InlineData(500, 500)]
    public void Rows_walked_over_are_the_rows_one_by_one(long first, long end)
    {
        SyntheticTable table = Fraud("client_id_card_fingerprint__time_since__90d", nullShare: 0.1);
        RowRecorder walked = new();
        SyntheticRows rows = new(table, first, end);
        while (rows.Write(walked))
            Assert.True(rows.Next <= end);
        Assert.Equal(Rows(table, first, (int)(end - first)).Texts, walked.Texts);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Columns_of_a_fraud_row_agree(string name)
    {
        SyntheticTable table = Fraud(name);
        int days = FraudWorkload.Find(name)!.WindowDays;
        foreach (object?[] row in Rows(table, 0, 1000).Rows)
        {
            long Whole(string column) => (long)row[Index(table, column)]!;
            double Fraction(string column) => (double)row[Index(table, column)]!;
            bool Has(string column) => table.Columns.Any(one => one.Name == column);

            long events = Whole("event_count");
            Assert.InRange(events, 1, 1 << 21);
            foreach (ColumnDefinition rate in table.Columns.Where(column => column.Name.EndsWith("_rate", StringComparison.Ordinal)))
                Assert.InRange(Fraction(rate.Name), 0, 1);
            foreach (ColumnDefinition count in table.Columns.Where(column => column.Name.Contains("_count", StringComparison.Ordinal)))
                Assert.InRange(Whole(count.Name), 0, events);
            foreach (string part in new[] { "fraud", "good", "declined" }.Where(part => Has(part + "_rate")))
                Assert.Equal((double)Whole(part + "_count") / events, Fraction(part + "_rate"));
            if (Has("good_count"))
                Assert.Equal(events, Whole("good_count") + Whole("declined_count"));
            if (Has("amount_sum"))
                Assert.Equal(Fraction("amount_avg") * events, Fraction("amount_sum"));
            if (Has("event_count_1h"))
            {
                Assert.True(Whole("event_count_1h") <= Whole("event_count_24h") && Whole("event_count_24h") <= Whole("event_count_7d"));
                Assert.Equal(Whole("event_count_24h") / 24.0, Fraction("velocity_24h"));
            }

            if (Has("first_seen_at"))
            {
                Assert.True(Whole("first_seen_at") <= Whole("last_seen_at") && Whole("last_seen_at") <= Whole("updated_at"));
                Assert.True(Whole("updated_at") - Whole("first_seen_at") < days * 86_400_000_000);
            }

            if (Has("seconds_active"))
                Assert.InRange(Whole("seconds_since_first") - Whole("seconds_since_last") - Whole("seconds_active"), 0, 1);
        }
    }

    [Fact]
    public void Counts_have_a_long_tail_and_nulls_their_share()
    {
        SyntheticTable table = Fraud("client_id_card_fingerprint__fraud_rates__365d", nullShare: 0.25, rows: 20_000);
        object?[][] rows = [.. Rows(table, 0, 20_000).Rows];
        long[] events = [.. rows.Select(row => row[1]).OfType<long>()];
        Assert.InRange(events.Length / 20_000.0, 0.73, 0.77);
        Assert.InRange(events.Count(one => one == 1) / (double)events.Length, 0.45, 0.55);
        Assert.True(events.Max() > 1_000);
        Assert.All(rows, row => Assert.NotNull(row[0]));
        Assert.Contains(rows, row => row[2] is null && row[3] is not null);
    }

    [Fact]
    public void A_row_beyond_the_table_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Rows(Fraud("client_id_card_fingerprint__time_since__90d"), 0, 1001));

    private static SyntheticTable Fraud(string name, long seed = 1, double nullShare = 0, long rows = 1000) => SyntheticTable.Create(
        FraudWorkload.Find(name)!.Definition(), new SyntheticOptions { Rows = rows, Seed = seed, NullShare = nullShare });

    private static int Index(SyntheticTable table, string column) =>
        table.Columns.Select((one, index) => (one, index)).First(entry => entry.one.Name == column).index;

    private static RowRecorder Rows(SyntheticTable table, long first, int count)
    {
        RowRecorder recorder = new();
        for (long row = first; row < first + count; row++)
            table.WriteRow(row, recorder);
        return recorder;
    }
}
