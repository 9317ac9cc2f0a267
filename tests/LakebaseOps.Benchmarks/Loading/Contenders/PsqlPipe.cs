namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>What is done without any tool: one psql writes the table as binary COPY, another reads it.</summary>
internal sealed class PsqlPipe(BenchServer server, SourceDatabase source, string table) : ExternalProgram(server, "sh")
{
    /// <inheritdoc />
    public override string Name => "psql | psql";

    /// <inheritdoc />
    public override string? Missing => base.Missing ?? (Find("psql") is null ? "psql is not installed" : null);

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        string psql = $"'{Find("psql")}' -X -q -v ON_ERROR_STOP=1";
        string name = TableName.Parse(table).ToSql().Replace("\"", "\\\"", StringComparison.Ordinal);
        await ExecuteAsync(
            ["-c", $"{psql} -d {source.Name} -c \"COPY {name} TO STDOUT (FORMAT binary)\" | {psql} -c \"COPY {name} FROM STDIN (FORMAT binary)\""],
            cancellationToken);
        return null;
    }
}
