namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>psql's \copy: one session for each file, all at once.</summary>
internal sealed class PsqlCopy(BenchServer server, string table, IReadOnlyList<string> files) : ExternalProgram(server, "psql")
{
    /// <inheritdoc />
    public override string Name => files.Count == 1 ? "psql, 1 session" : $"psql, {files.Count} sessions";

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        await Task.WhenAll(files.Select(file => ExecuteAsync(
            ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", $"\\copy {TableName.Parse(table).ToSql()} from '{file}' with (format csv)"], cancellationToken)));
        return null;
    }
}
