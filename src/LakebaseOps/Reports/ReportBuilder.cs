using LakebaseOps.Reports.Sections;

namespace LakebaseOps.Reports;

/// <summary>Makes a report of a run. Every figure comes from the run; nothing is claimed that was not measured.</summary>
internal static class ReportBuilder
{
    /// <summary>The report.</summary>
    public static ReportDocument Build(RunRecord run)
    {
        RunRecord fitted = RunFit.Of(run);
        RunView view = new(fitted);
        return new ReportDocument(
            fitted,
            run.Name.Length > 0 ? run.Name : $"Run {run.Id}",
            [
                VerdictSection.Build(view),
                ScopeSection.Build(view),
                LatencySection.Build(view),
                ComponentSection.Build(view),
                ThroughputSection.Build(view),
                SkewSection.Build(view),
                ServerSection.Build(view),
                ComparisonSection.Build(view),
                new ReportSection(9, "cost", "Cost", [new Missing("The run's record holds no prices, so no cost is stated.")]),
                LoadSection.Build(view),
                TrustSection.Build(view),
            ]);
    }
}
