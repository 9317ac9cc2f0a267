using LakebaseOps.Reports.Sections;

namespace LakebaseOps.Reports;

/// <summary>Makes a report of a run. Every figure comes from the run; nothing is claimed that was not measured.</summary>
internal static class ReportBuilder
{
    /// <summary>The report.</summary>
    public static ReportDocument Build(RunRecord run)
    {
        RunView view = new(run);
        return new ReportDocument(
            run,
            run.Name.Length > 0 ? run.Name : $"Run {run.Id}",
            [
                VerdictSection.Build(view),
                ScopeSection.Build(view),
                LatencySection.Build(view),
            ]);
    }
}
