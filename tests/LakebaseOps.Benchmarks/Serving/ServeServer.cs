using System.Globalization;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Connections;
using LakebaseOps.Latency;
using LakebaseOps.Loading;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using LakebaseOps.Serving;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Benchmarks.Serving;

/// <summary>A private server with the 30 tables of the reference workload, loaded, vacuumed and in its cache.</summary>
internal sealed class ServeServer : IAsyncDisposable
{
    private static readonly FeatureOptions Workload = new() { Workload = new WorkloadReference(nameof(FeatureWorkload.Fraud)) };

    private readonly BenchServer _server;
    private readonly FeaturePlan _plan;

    private ServeServer(BenchServer server, FeaturePlan plan, long rows)
    {
        _server = server;
        _plan = plan;
        Rows = rows;
        string[] lookups = [.. plan.Tables.Select(table => table.Lookup("", table.Columns.Select(column => column.Sql), 0)
            .Replace("$0", string.Create(CultureInfo.InvariantCulture, $":key{table.Entity}"), StringComparison.Ordinal))];
        Lookup = $"{lookups[0]};";
        Pipeline = $"\\startpipeline\n{string.Join(";\n", lookups)};\n\\endpipeline";
    }

    /// <summary>Our session.</summary>
    public PostgresSession Session => _server.Session;

    /// <summary>The server beneath, for other programs.</summary>
    public BenchServer Server => _server;

    /// <summary>Process id of its main process.</summary>
    public int ProcessId => _server.ProcessId;

    /// <summary>Rows of each table.</summary>
    public long Rows { get; }

    /// <summary>pgbench's script: the same statements that mode Batch sends.</summary>
    public string Pipeline { get; }

    /// <summary>pgbench's script for the first table alone.</summary>
    public string Lookup { get; }

    /// <summary>Name of the first table.</summary>
    public string Table => _plan.Tables[0].Name.ToString();

    /// <summary>Starts it and loads the tables.</summary>
    public static async Task<ServeServer> StartAsync(
        IReadOnlyDictionary<string, string> settings, long rows, CancellationToken cancellationToken)
    {
        BenchServer server = await BenchServer.StartAsync(settings, cancellationToken);
        try
        {
            InstallRpcFunctionOperation rpc = new(server.Session, new InstallRpcFunctionOptions { Workload = Workload.Workload });
            InstallWideTableOperation wide = new(server.Session, new InstallWideTableOptions { Workload = Workload.Workload });
            foreach (Operation operation in new Operation[]
            {
                new InitializeSchemaOperation(server.Session, new InitializeSchemaOptions { Workload = FeatureWorkload.Fraud }),
                new BulkLoadOperation(server.Session, new BulkLoadOptions { Workload = FeatureWorkload.Fraud, Rows = rows, Synthetic = true }),
                rpc, wide,
            })
            {
                // The pump blocks its thread, and with inline completions this one may be that of the sockets.
                await Task.Run(() => OperationPump.Run(operation, new OperationOutput(), cancellationToken), cancellationToken);
            }

            await using NpgsqlConnection connection = await server.Session.OpenAsync(cancellationToken);
            return new ServeServer(server, await FeaturePlan.ReadAsync(connection, Workload, cancellationToken), rows);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keys of one request that finds a row in every table.</summary>
    public IReadOnlyList<string> Keys(long id) => [.. _plan.Entities.Select(entity => new SyntheticKey(entity.Name).Text(id % Rows))];

    /// <summary>Measures as Measure-LakebaseFeatureLatency does.</summary>
    public async Task<IReadOnlyList<LatencyResult>> MeasureAsync(MeasureFeatureLatencyOptions options, CancellationToken cancellationToken)
    {
        OperationOutput output = new();
        MeasureFeatureLatencyOperation operation = new(Session, options with { Workload = Workload.Workload });
        await Task.Run(() => OperationPump.Run(operation, output, cancellationToken), cancellationToken);
        return [.. output.Results.OfType<LatencyResult>()];
    }

    /// <summary>The statements of a mode.</summary>
    public async Task<FeatureStatements> StatementsAsync(FeatureMode mode, bool consistent, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(cancellationToken);
        return await FeatureStatements.ReadAsync(
            connection, new FeatureReadOptions { Workload = Workload.Workload, Consistent = consistent }, [mode], cancellationToken);
    }

    /// <summary>Time the server's executor spends on one request's lookups, microseconds: the least of some runs.</summary>
    public async Task<double> ExecutorAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        const int Runs = 30;
        await using NpgsqlConnection connection = await Session.OpenAsync(cancellationToken);
        double sum = 0;
        foreach (FeatureTable table in _plan.Tables)
        {
            string lookup = table.Lookup("", table.Columns.Select(column => column.Sql), 1).Replace("$1", $"'{keys[table.Entity]}'", StringComparison.Ordinal);
            await using NpgsqlCommand command = new($"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {lookup}", connection);
            double least = double.MaxValue;
            for (int run = 0; run < Runs; run++)
            {
                using System.Text.Json.JsonDocument plan = System.Text.Json.JsonDocument.Parse((string)(await command.ExecuteScalarAsync(cancellationToken))!);
                least = Math.Min(least, plan.RootElement[0].GetProperty("Execution Time").GetDouble() * 1_000);
            }

            sum += least;
        }

        return sum;
    }

    /// <summary>Its version and settings.</summary>
    public Task<IReadOnlyDictionary<string, string>> SettingsAsync(CancellationToken cancellationToken) => _server.SettingsAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
