using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>pgcopydb copies the tables of one database to another: that one table here, with as many jobs as we have streams.</summary>
internal sealed class PgCopyDb(BenchServer server, SourceDatabase source, string folder, int jobs) : ExternalProgram(server, "pgcopydb")
{
    private readonly string _work = Path.Combine(folder, "pgcopydb");

    /// <inheritdoc />
    public override string Name => $"pgcopydb, {jobs} jobs";

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            [
                "copy", "table-data", "--source", source.Uri, "--target", source.TargetUri, "--dir", _work, "--table-jobs",
                jobs.ToString(CultureInfo.InvariantCulture), "--restart", "--not-consistent",
            ], cancellationToken);
        return null;
    }
}
