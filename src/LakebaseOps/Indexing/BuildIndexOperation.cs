using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>Build-LakebaseIndex.</summary>
[Command("Build-LakebaseIndex", Writes = true)]
public sealed class BuildIndexOperation(LakebaseSession session, BuildIndexOptions options) : Operation
{
    private const string Activity = "Building indexes";
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        List<string> steps = [];
        IReadOnlyList<(TableName Name, TableDefinition? Definition)> tables;
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            tables = await TablesAsync(connection, cancellationToken).ConfigureAwait(false);
            foreach ((TableName table, TableDefinition? definition) in tables)
            {
                try
                {
                    foreach (WantedIndex wanted in await WantedIndex
                        .ListAsync(connection, table, definition, options, cancellationToken).ConfigureAwait(false))
                    {
                        steps.Add(await StepAsync(connection, table, wanted, cancellationToken).ConfigureAwait(false));
                    }
                }
                catch (Exception exception) when (exception is LakebaseException or PostgresException)
                {
                    steps.Add($"{table}: {ErrorTranslator.Translate(exception).Message}");
                }
            }
        }

        return new OperationPlan(
            string.Join(", ", tables.Select(table => table.Name)),
            options.Offline ? "Build missing and invalid indexes, refusing writes meanwhile" : "Build missing and invalid indexes")
        { Steps = steps };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        List<TableJob> jobs = [];
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach ((TableName name, TableDefinition? definition)
                in await TablesAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    jobs.Add(await JobAsync(connection, name, definition, sink, cancellationToken).ConfigureAwait(false));
                }
                catch (Exception exception) when (exception is LakebaseException or PostgresException)
                {
                    sink.Fail(ErrorTranslator.Translate(exception, name.ToString()));
                }
            }
        }

        int done = 0;
        int slots = Math.Max(1, options.ThrottleLimit ?? BuildSchedule.DefaultSlots);
        int concurrency = Math.Clamp(jobs.Count, 1, slots);
        sink.Report(new OperationProgress(Activity, $"0 of {jobs.Count} tables") { Percent = 0 });
        try
        {
            await BuildSchedule.RunAsync(jobs, job => job.Bytes, slots, async job =>
            {
                await BuildAsync(job, concurrency, sink, cancellationToken).ConfigureAwait(false);
                int count = Interlocked.Increment(ref done);
                sink.Report(new OperationProgress(Activity, $"{count} of {jobs.Count} tables") { Percent = 100.0 * count / jobs.Count });
            }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            sink.Report(new OperationProgress(Activity, $"{done} of {jobs.Count} tables") { IsCompleted = true });
        }
    }

    private async Task BuildAsync(TableJob job, int concurrency, IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (WantedIndex wanted in job.Wanted)
        {
            DateTimeOffset startedAt = DateTimeOffset.UtcNow;
            IndexBuildResult result;
            try
            {
                result = await IndexBuilder.BuildAsync(
                    _session, job.Table, wanted.Definition, wanted.Name, Settings(wanted, concurrency), sink, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (LakebaseException exception)
            {
                sink.Fail(exception.Error);
                result = new IndexBuildResult
                {
                    Table = job.Table.ToString(),
                    Index = wanted.Name,
                    Status = "Failed",
                    StartedAt = startedAt,
                    Duration = DateTimeOffset.UtcNow - startedAt,
                    Concurrently = !options.Offline,
                    Session = _session.Name,
                };
            }

            if (result.Status == "Built")
                sink.Milestone($"{result.Table}: index {result.Index} built in {result.Duration.TotalSeconds:0.0} s");
            await sink.EmitAsync(result, cancellationToken).ConfigureAwait(false);
        }

        // A definition says all that is wanted; else a leftover is itself on the list and was rebuilt.
        if (job.IsDefined)
        {
            await Leftovers.RemoveAsync(_session, job.Table, [.. job.Wanted.Select(wanted => wanted.Name)], sink, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async Task<TableJob> JobAsync(
        NpgsqlConnection connection, TableName table, TableDefinition? definition, IOperationSink sink,
        CancellationToken cancellationToken)
    {
        uint oid = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand size = new("SELECT pg_table_size(@table)", connection);
        size.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        long bytes = (long)(await size.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        IReadOnlyList<WantedIndex> wanted = await WantedIndex
            .ListAsync(connection, table, definition, options, cancellationToken).ConfigureAwait(false);
        if (wanted.Count == 0)
            sink.Warn($"{table} has no index and none was asked for: give -Columns, or -Definition with its DDL.");
        return new TableJob(table, bytes, wanted, definition is not null);
    }

    private async Task<IReadOnlyList<(TableName Name, TableDefinition? Definition)>> TablesAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<(TableName, TableDefinition?)> tables = [.. (options.Definition ?? []).Select(one => (one.Name, (TableDefinition?)one))];
        foreach (TableName name in await TableSelection
            .ResolveAsync(connection, options.Table ?? [], cancellationToken).ConfigureAwait(false))
        {
            if (!tables.Exists(table => table.Item1 == name))
                tables.Add((name, null));
        }

        if (tables.Count == 0)
            throw Wrong("No table was given.", "Give -Table, or -Definition with the output of ConvertFrom-LakebaseDdl.");
        if (options.Columns is not { Count: > 0 } && (options.Unique || options.PrimaryKey || options.Name is not null || options.Include is not null))
            throw Wrong("Name, Unique, PrimaryKey and Include describe an index, but its columns were not given.", "Give -Columns.");
        return tables;
    }

    private async Task<string> StepAsync(
        NpgsqlConnection connection, TableName table, WantedIndex wanted, CancellationToken cancellationToken)
    {
        IndexJudge judge = new(connection, table, wanted.Definition, wanted.Name, Settings(wanted, concurrency: 1));
        IndexJudgement judgement = await judge.JudgeAsync(cancellationToken).ConfigureAwait(false);
        string action = judgement.Need switch
        {
            IndexNeed.Nothing => $"leave {TableName.Quote(judgement.Index!.Name)}, it is valid",
            IndexNeed.Build => $"build {TableName.Quote(wanted.Name)}",
            IndexNeed.Replace => $"drop the invalid {TableName.Quote(wanted.Name)} and build it again",
            IndexNeed.Reindex => $"rebuild the invalid {TableName.Quote(wanted.Name)} in place",
            _ => $"make a constraint of {TableName.Quote(wanted.Name)}",
        };
        return $"{table}: {action} ({judgement.Shape.Clause})";
    }

    private IndexBuildSettings Settings(WantedIndex wanted, int concurrency) => new()
    {
        Concurrently = !options.Offline,
        Workers = options.Workers,
        MemoryBytes = options.MemoryBytes,
        Concurrency = concurrency,
        AcceptOtherName = !wanted.NameMatters,
        Force = options.Force,
        ParentActivity = Activity,
    };

    private static LakebaseException Wrong(string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Remedy = remedy }.ToException();

    private sealed record TableJob(TableName Table, long Bytes, IReadOnlyList<WantedIndex> Wanted, bool IsDefined);
}
