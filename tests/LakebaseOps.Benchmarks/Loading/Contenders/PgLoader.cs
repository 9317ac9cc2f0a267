using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>pgloader with as many workers as we have streams.</summary>
internal sealed class PgLoader(BenchServer server, LoadShape shape, string file, int workers) : ExternalProgram(server, "pgloader")
{
    private readonly BenchServer _server = server;
    private readonly string _commands = Path.ChangeExtension(file, ".load");

    /// <inheritdoc />
    public override string Name => $"pgloader, {workers} workers";

    /// <inheritdoc />
    public override int? FewRounds => 1;

    /// <inheritdoc />
    public override Task PrepareAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> to = _server.Programs;
        string columns = string.Join(", ", shape.Columns.Select(column => column.Name));
        string fields = string.Join(", ", shape.Columns.Select(column => $"{column.Name} [null if blanks]"));
        // The password stays in the environment (PGPASSWORD).
        return File.WriteAllTextAsync(_commands, string.Create(CultureInfo.InvariantCulture, $"""
            LOAD CSV
              FROM '{file}' WITH ENCODING UTF-8 HAVING FIELDS ({fields})
              INTO postgresql://{to["PGUSER"]}@{to["PGHOST"]}:{to["PGPORT"]}/{to["PGDATABASE"]}
              TARGET TABLE public.{shape.Name}
              TARGET COLUMNS ({columns})
              WITH workers = {workers}, concurrency = {workers}, fields optionally enclosed by '"', fields escaped by double-quote,
                fields terminated by ',', keep unquoted blanks
              SET timezone TO 'UTC';

            """), cancellationToken);
    }

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        await ExecuteAsync(["--quiet", "--root-dir", Path.GetDirectoryName(_commands)!, _commands], cancellationToken);
        return null;
    }
}
