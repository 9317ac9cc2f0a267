using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing.Comparing;

/// <summary>Compare-LakebaseIndexStrategy: builds the same indexes by each strategy in turns, and drops them again.</summary>
[Command("Compare-LakebaseIndexStrategy", Writes = true)]
public sealed class CompareIndexStrategyOperation(LakebaseSession session, CompareIndexStrategyOptions options) : Operation
{
    private const string Activity = "Comparing index builds";
    private readonly PostgresSession _session = PostgresSession.Of(session);

    private BuildIndexOptions Wanted => new()
    {
        Table = options.Table,
        Definition = options.Definition,
        Columns = options.Columns,
        Include = options.Include,
        Unique = options.Unique,
        Offline = options.Offline,
    };

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        Demand();
        List<string> steps = [];
        IReadOnlyList<(TableName Name, TableDefinition? Definition)> tables;
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            tables = await WantedTables.ListAsync(connection, Wanted, cancellationToken).ConfigureAwait(false);
            foreach ((TableName table, TableDefinition? definition) in tables)
            {
                foreach (WantedIndex wanted in await WantedIndex
                    .ListAsync(connection, table, definition, Wanted, cancellationToken).ConfigureAwait(false))
                {
                    IndexShape shape = await IndexShape.ReadAsync(connection, table, wanted.Definition, cancellationToken).ConfigureAwait(false);
                    steps.Add($"{table}: build and drop {shape.Clause} {options.Rounds} times each by {string.Join(", ", options.Strategy)}");
                }
            }
        }

        return new OperationPlan(
            string.Join(", ", tables.Select(table => table.Name)),
            options.Offline ? "Build indexes for comparison and drop them, refusing writes meanwhile" : "Build indexes for comparison and drop them")
        { Steps = steps };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        Demand();
        List<IndexStrategyRun>[] runs = [.. options.Strategy.Select(_ => new List<IndexStrategyRun>())];
        string[] tables;
        try
        {
            ThrowawayIndexes indexes = await ThrowawayIndexes.TakeAsync(_session, Wanted, sink, cancellationToken).ConfigureAwait(false);
            await using (indexes.ConfigureAwait(false))
            {
                tables = [.. indexes.Definitions.Select(table => table.Name.ToString())];
                await ReadAsync(indexes.Definitions, cancellationToken).ConfigureAwait(false);
                for (int round = 0; round < options.Rounds; round++)
                {
                    for (int turn = 0; turn < options.Strategy.Count; turn++)
                    {
                        // Who comes first changes from round to round.
                        int at = (turn + round) % options.Strategy.Count;
                        sink.Report(new OperationProgress(Activity, $"round {round + 1} of {options.Rounds}: {options.Strategy[at]}")
                        {
                            Percent = 100.0 * ((round * options.Strategy.Count) + turn) / (options.Rounds * options.Strategy.Count),
                        });
                        IndexStrategyRun run = await BuildAsync(indexes, options.Strategy[at], round + 1, sink, cancellationToken).ConfigureAwait(false);
                        runs[at].Add(run);
                        sink.Milestone(string.Create(CultureInfo.InvariantCulture,
                            $"Round {round + 1} of {options.Rounds}: {options.Strategy[at]} built in {run.BuildDuration.TotalSeconds:0.00} s after {run.PlanningDuration.TotalSeconds:0.00} s of planning"));
                    }
                }

                await indexes.ProveAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw ErrorTranslator.Translate(exception, string.Join(", ", options.Table ?? [])).ToException();
        }
        finally
        {
            sink.Report(new OperationProgress(Activity, "") { IsCompleted = true });
        }

        for (int at = 0; at < runs.Length; at++)
        {
            IndexStrategyComparison result = StrategyVerdict.Of(options.Strategy[at], runs[at], options.Strategy[0], runs[0]);
            await sink.EmitAsync(result with { Table = tables, Session = _session.Name }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IndexStrategyRun> BuildAsync(
        ThrowawayIndexes indexes, IndexBuildStrategy strategy, int round, IOperationSink sink, CancellationToken cancellationToken)
    {
        await indexes.RecordAsync(cancellationToken).ConfigureAwait(false);
        BuildIndexOptions build = new() { Definition = indexes.Definitions, Strategy = strategy, Offline = options.Offline };
        BuildIndexOperation operation = new(_session, build) { Throwaway = true };
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long temp = await TempBytesAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<IndexBuildResult> built =
            await InnerSink.RunAsync<IndexBuildResult>(operation, cancellationToken, sink).ConfigureAwait(false);
        temp = await TempBytesAsync(cancellationToken).ConfigureAwait(false) - temp;
        await indexes.DropAsync(cancellationToken).ConfigureAwait(false);
        return new IndexStrategyRun
        {
            Round = round,
            StartedAt = startedAt,
            PlanningDuration = operation.Planning,
            BuildDuration = operation.Building,
            EstimatedDuration = operation.Estimate,
            TempBytes = Math.Max(0, temp),
            Indexes = built,
        };
    }

    private async Task<long> TempBytesAsync(CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = _session.DataSource.CreateCommand(
            "SELECT coalesce(max(temp_bytes), 0) FROM pg_stat_database WHERE datname = current_database()");
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    // Otherwise the first build alone would read the tables into the caches.
    private async Task ReadAsync(IReadOnlyList<TableDefinition> tables, CancellationToken cancellationToken)
    {
        foreach (TableDefinition table in tables)
        {
            using NpgsqlCommand command = _session.DataSource.CreateCommand($"SELECT count(*) FROM {table.Name.ToSql()} t WHERE t.ctid IS NOT NULL");
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Demand()
    {
        if (options.Strategy.Distinct().Count() != options.Strategy.Count || options.Strategy.Count < 2)
            throw Wrong("A comparison needs two or more different strategies.", "Give -Strategy Planned, Defaults.");
        if (options.Rounds < 2)
            throw Wrong("One round says nothing about chance.", "Give -Rounds 2 or more.");
    }

    private static LakebaseException Wrong(string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Remedy = remedy }.ToException();
}
