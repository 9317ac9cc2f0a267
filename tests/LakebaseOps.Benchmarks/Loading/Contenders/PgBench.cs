using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>pgbench's own generator, "pgbench -i -I g": one session that fills pgbench_accounts.</summary>
/// <param name="server">The server.</param>
/// <param name="scale">Hundreds of thousands of rows.</param>
internal sealed class PgBench(BenchServer server, int scale) : ExternalProgram(server, "pgbench")
{
    /// <summary>Rows for each unit of scale.</summary>
    public const int RowsOfScale = 100_000;

    private readonly string _scale = scale.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc />
    public override string Name => "pgbench -i -I g";

    /// <inheritdoc />
    public override string? OwnTable => "pgbench_accounts";

    /// <inheritdoc />
    public override Task PrepareAsync(CancellationToken cancellationToken) => ExecuteAsync(["-i", "-q", "-s", _scale, "-I", "dt"], cancellationToken);

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        await ExecuteAsync(["-i", "-q", "-s", _scale, "-I", "g"], cancellationToken);
        return null;
    }
}
