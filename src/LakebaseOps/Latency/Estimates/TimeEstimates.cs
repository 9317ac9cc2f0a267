using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency.Estimates;

/// <summary>
/// Estimates what network and server have of a request's time: the network from the round trips of a probe between requests, the
/// server from its own statistics and from EXPLAIN. All of it on a connection of its own, and never while requests are timed.
/// </summary>
internal sealed class TimeEstimates : IAsyncDisposable
{
    // Requests that are explained: their keys are those that were timed.
    private const int Explained = 5;

    private readonly NpgsqlConnection _connection;
    private readonly FeatureStatements _statements;
    private readonly Dictionary<FeatureMode, long[]> _identifiers = [];
    private ExplainedStatements? _explained;
    private StatementStatistics _statistics = null!;
    private string? _fault;

    private TimeEstimates(NpgsqlConnection connection, FeatureStatements statements)
    {
        _connection = connection;
        _statements = statements;
    }

    /// <summary>Prepares what is asked later.</summary>
    public static async Task<TimeEstimates> OpenAsync(
        PostgresSession session, FeatureStatements statements, IReadOnlyList<LatencyCell> cells, CancellationToken cancellationToken)
    {
        TimeEstimates estimates = new(await session.OpenAsync(cancellationToken).ConfigureAwait(false), statements);
        estimates._statistics = await StatementStatistics.FindAsync(estimates._connection, cancellationToken).ConfigureAwait(false);
        try
        {
            estimates._explained = await ExplainedStatements.PrepareAsync(estimates._connection, statements, cancellationToken).ConfigureAwait(false);
            foreach (LatencyCell cell in cells.Where(cell => cell.Backend == FeatureBackend.PostgreSql && estimates._statistics.Missing is null))
            {
                (_, object[] keys) = estimates.KeysOf(cell, 0);
                estimates._identifiers[cell.Mode] = await estimates._explained.IdentifiersAsync(cell.Mode, keys, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refused)
        {
            estimates._fault = Refused(refused);
        }

        return estimates;
    }

    /// <summary>What the server has counted of a cell's statements so far; before and after each block.</summary>
    public Task<StatementTotals> ReadAsync(LatencyCell cell, CancellationToken cancellationToken) =>
        cell.Backend == FeatureBackend.PostgreSql && _identifiers.TryGetValue(cell.Mode, out long[]? identifiers)
            ? _statistics.ReadAsync(identifiers, cancellationToken)
            : Task.FromResult(default(StatementTotals));

    /// <summary>The estimates of a cell that has ended.</summary>
    public async Task<IReadOnlyList<LatencyEstimate>> OfAsync(LatencyCell cell, LatencyResult result, CancellationToken cancellationToken)
    {
        if (cell.Backend != FeatureBackend.PostgreSql || result.Requests == 0)
            return [];
        // An array: PowerShell cannot take an element out of a list that is only read.
        return new[] { Network(result), Counted(cell, result), await ExplainAsync(cell, result, cancellationToken).ConfigureAwait(false) };
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static LatencyEstimate Network(LatencyResult result) => Of("Network", result, result.RoundTripsPerRequest * result.FloorP50Ms * 1_000,
        string.Create(CultureInfo.InvariantCulture,
            $"{result.RoundTripsPerRequest:0.##} round trip{(result.RoundTripsPerRequest == 1 ? "" : "s")} of {result.FloorP50Ms * 1_000:F1} us, the median of SELECT $1 on the same connections between requests; holds the hand-over of the answer in both processes"));

    private LatencyEstimate Counted(LatencyCell cell, LatencyResult result)
    {
        string? missing = _statistics.Missing ?? _fault
            ?? (cell.Statements.Calls == 0 ? "pg_stat_statements counted no call of these statements: it may be full, or not track them (pg_stat_statements.track)" : null);
        return missing is not null
            ? new LatencyEstimate("Server", null, null, $"Not known by the server's statistics: {missing}")
            : Of("Server", result, cell.Statements.Us / cell.Begun, string.Create(CultureInfo.InvariantCulture,
                $"pg_stat_statements: {cell.Statements.Calls:#,0} calls in the timed blocks, {(double)cell.Statements.Calls / cell.Begun:0.##} a request; planning and executing, without parsing, binding and sending"));
    }

    private async Task<LatencyEstimate> ExplainAsync(LatencyCell cell, LatencyResult result, CancellationToken cancellationToken)
    {
        string? fault = _fault;
        List<(double Us, long Hit, long Read)> runs = [];
        try
        {
            for (int run = 0; _explained is not null && run < Math.Min(Explained, cell.Begun); run++)
            {
                (int kind, object[] keys) = KeysOf(cell, run * Math.Max(1, cell.Begun / Explained));
                runs.Add(await _explained.ExecuteAsync(cell.Mode, kind, keys, cancellationToken).ConfigureAwait(false));
            }
        }
        catch (PostgresException refused)
        {
            fault = Refused(refused);
        }

        return fault is not null
            ? new LatencyEstimate("Server", null, null, $"Not known by EXPLAIN: {fault}")
            : Of("Server", result, runs.Average(run => run.Us), string.Create(CultureInfo.InvariantCulture,
                $"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) of the same prepared statements with the keys of {runs.Count} of the requests, afterwards on another connection: {runs.Average(run => run.Hit):0.#} blocks hit and {runs.Average(run => run.Read):0.#} read; executing alone"));
    }

    private (int Kind, object[] Keys) KeysOf(LatencyCell cell, long number)
    {
        object[] keys = new object[_statements.Plan.Entities.Count];
        return (cell.Requests.Fill(number, new long[keys.Length], keys), keys);
    }

    private static LatencyEstimate Of(string name, LatencyResult result, double us, string source) =>
        new(name, us, us / (result.MeanMs * 1_000), source);

    private static string Refused(PostgresException refused) => $"{refused.MessageText} ({refused.SqlState})";
}
