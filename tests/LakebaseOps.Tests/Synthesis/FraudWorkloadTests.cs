using System.Text.Json;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using LakebaseOps.Tests.Schemas;

namespace LakebaseOps.Tests.Synthesis;

public sealed class FraudWorkloadTests
{
    [Fact]
    public void The_sample_file_is_the_workloads_ddl_and_reads_back_as_its_definitions()
    {
        string sample = File.ReadAllText(Path.Combine(InitializeSchemaOperationTests.RepositoryRoot(), "module", "samples", "fraud.sql"));
        Assert.Equal(FraudWorkload.Ddl, sample.ReplaceLineEndings("\n"));
        Assert.Equal(
            FraudWorkload.Tables.Select(table => JsonSerializer.Serialize(table.Definition())),
            DdlParser.Parse(sample).Tables.Select(table => JsonSerializer.Serialize(table)));
    }

    [Fact]
    public void It_has_the_tables_rows_and_widths_of_the_reference()
    {
        Assert.Equal(15_610_000_000, FraudWorkload.Tables.Sum(table => table.RealRows));
        Assert.Equal(30, FraudWorkload.Tables.Select(table => table.Name).Distinct().Count());
        Assert.All(FraudWorkload.Tables, table => Assert.InRange(table.Name.Length, 1, 63));
        Assert.Contains(FraudWorkload.Tables, table => table is { Name: "client_id_card_fingerprint_good_rates__30d", RealRows: 1_000_000_000 });
        Assert.Contains(FraudWorkload.Tables, table => table is { Name: "client_id_customer_email_clean__time_since__365d", RealRows: 700_000_000 });
        Assert.Equal([9, 9, 12], FraudWorkload.Entities.Select(entity => FraudWorkload.Tables.Count(table => table.Entity == entity)));
        Assert.Equal(
            [("fraud_rates", 7), ("time_since", 10), ("good_rates", 9), ("tesseract_velocities", 16)],
            FraudWorkload.Tables.Select(table => (table.Family, table.Definition().Columns.Count - 1)).Distinct());
        Assert.All(
            FraudWorkload.Tables.SelectMany(table => table.Definition().Columns.Skip(1)),
            column => Assert.Contains(column.Type, (string[])["bigint", "double precision", "timestamp with time zone"]));
    }

    [Fact]
    public void At_the_demo_scale_there_are_about_three_million_rows()
    {
        Assert.InRange(FraudWorkload.Tables.Sum(table => table.RowsAt(FraudWorkload.DemoScale)), 2_990_000, 3_010_000);
        Assert.Equal(1_000, FraudWorkload.Tables[0].RowsAt(1e-9));
        Assert.Equal(75_000_000, FraudWorkload.LeastRowsOf("cardholder_name_clean", 1));
    }
}
