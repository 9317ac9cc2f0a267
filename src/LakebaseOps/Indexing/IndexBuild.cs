using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Indexing.Planning;
using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>One run of <see cref="IndexBuilder"/>: does the least that the judgement asks for, then reads it back.</summary>
internal sealed class IndexBuild(
    PostgresSession session, NpgsqlConnection connection, TableName table, IndexDefinition wanted, string name,
    IndexBuildSettings settings, IOperationSink sink)
{
    private const int Attempts = 3;

    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly IndexJudge _judge = new(connection, table, wanted, name, settings);

    public async Task<IndexBuildResult> RunAsync(CancellationToken cancellationToken)
    {
        BuildLock guard = new(table, name);
        // The lock lives as long as the connection, so whoever holds it is really building.
        if (!await guard.TryTakeAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy,
                $"The index {TableName.Quote(name)} on {table} is being built by another session.")
            { Target = table.ToString(), Remedy = "Wait until it is done, then run it again." }.ToException();
        }

        try
        {
            IndexJudgement judgement = await _judge.JudgeAsync(cancellationToken).ConfigureAwait(false);
            if (judgement.Need == IndexNeed.Nothing)
            {
                await RemoveCheckAsync(judgement, cancellationToken).ConfigureAwait(false);
                return Result(judgement.Index!, "AlreadyValid", resources: null);
            }

            IndexBuildSettings chosen = await PlanAsync(judgement, cancellationToken).ConfigureAwait(false);
            IndexResources resources = await IndexResources
                .ChooseAsync(connection, judgement.Table, chosen, cancellationToken).ConfigureAwait(false);
            sink.Trace($"{table}: index {TableName.Quote(name)} {judgement.Shape.Clause}: {resources.Reason}.");
            string activity = $"Building index {name} on {table}";
            IndexProgress progress = new(activity, chosen, BuildShares.Of(judgement.Shape, chosen.Spills, resources.Workers, chosen.Index?.Run(resources.MemoryBytes) ?? 0), sink);
            long start = Stopwatch.GetTimestamp();
            Task Work() => DoAsync(judgement, resources, guard, cancellationToken);
            if (settings.Watch is not null)
            {
                await settings.Watch.DuringAsync(connection.ProcessID, BuildMeter.Key(table, name), progress, Work).ConfigureAwait(false);
            }
            else
            {
                IndexWatch watch = new(session, sink);
                await using (watch.ConfigureAwait(false))
                    await watch.DuringAsync(connection.ProcessID, BuildMeter.Key(table, name), progress, Work).ConfigureAwait(false);
            }

            TimeSpan took = Stopwatch.GetElapsedTime(start);
            if (settings.CountsTemporaryFiles)
            {
                using NpgsqlCommand flush = new("SELECT pg_stat_force_next_flush()", connection);
                await flush.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await RemoveCheckAsync(judgement, cancellationToken).ConfigureAwait(false);
            IndexBuildResult result = await VerifyAsync(judgement, resources, cancellationToken).ConfigureAwait(false);
            if (judgement.Need != IndexNeed.Attach && took >= PastBuild.Shortest && !progress.Waited)
                await RememberAsync(chosen.Choice, resources, took, cancellationToken).ConfigureAwait(false);
            return result;
        }
        finally
        {
            await guard.ReleaseAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task RememberAsync(IndexChoice? choice, IndexResources resources, TimeSpan took, CancellationToken cancellationToken)
    {
        if (choice is null)
            return;
        PastBuild past = new(choice.Index.Rows, resources.Workers, resources.MemoryBytes, settings.Concurrently, took.TotalSeconds / choice.Crowd);
        try
        {
            await past.RecordAsync(connection, choice.Index.Shape, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
        {
            // An index stands, whoever knows how long it took.
            sink.Trace($"{table}: index {TableName.Quote(name)}: what it took could not be noted for the next plan ({refused.MessageText}).");
        }
    }

    private async Task<IndexBuildSettings> PlanAsync(IndexJudgement judgement, CancellationToken cancellationToken)
    {
        if (!settings.Planned || judgement.Need == IndexNeed.Attach)
            return settings;
        using NpgsqlCommand size = new("SELECT pg_table_size($1)", connection) { Parameters = { new() { Value = judgement.Table, NpgsqlDbType = NpgsqlDbType.Oid } } };
        if ((long)(await size.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! <= SinglePlan.SmallBytes)
            return settings;
        try
        {
            IndexChoice choice = await SinglePlan.ChooseAsync(
                session, connection, table, name, judgement.Shape, settings.Concurrently, sharing: 1, cancellationToken).ConfigureAwait(false);
            if (choice.Refusal is LakebaseError refusal)
                sink.Warn(refusal.Message);
            return settings with
            {
                Workers = choice.Workers,
                MemoryBytes = choice.MemoryBytes,
                Reason = choice.Reason,
                Estimate = choice.Estimate,
                Index = choice.Index,
                Choice = choice,
                Spills = choice is not { Estimate: not null, SpillBytes: 0 },
            };
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            sink.Trace($"{table}: index {TableName.Quote(name)}: could not be planned ({refused.MessageText}).");
            return settings;
        }
    }

    private async Task DoAsync(
        IndexJudgement judgement, IndexResources resources, BuildLock guard, CancellationToken cancellationToken)
    {
        for (int attempt = 1; judgement.Need != IndexNeed.Nothing; attempt++)
        {
            try
            {
                if (settings.Concurrently)
                {
                    LiveBuild live = new(session, connection, table, wanted, name, judgement, guard, sink);
                    await live.RunAsync(resources, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await BuildPlainlyAsync(judgement.Need, resources, cancellationToken).ConfigureAwait(false);
                }

                return;
            }
            catch (PostgresException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Two concurrent builds may wait for each other's snapshots; the server then ends one of them.
                if (exception.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < Attempts)
                    judgement = await _judge.JudgeAsync(cancellationToken).ConfigureAwait(false);
                else
                    throw (await ExplainAsync(judgement.Shape, exception, cancellationToken).ConfigureAwait(false)).ToException();
            }
        }
    }

    // Another run than the one that added it may bring the key: without it, in another way, or after somebody else did.
    private Task RemoveCheckAsync(IndexJudgement judgement, CancellationToken cancellationToken) => wanted.IsPrimary
        ? new NotNullCheck(table, name).RemoveAsync(connection, judgement.Table, sink, cancellationToken)
        : Task.CompletedTask;

    private async Task BuildPlainlyAsync(IndexNeed need, IndexResources resources, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await BuildSettings.ApplyAsync(connection, resources, local: true, cancellationToken).ConfigureAwait(false);
            List<string> statements = [];
            if (need == IndexNeed.Replace)
                statements.Add(IndexStatement.Drop(table, name, concurrently: false));
            if (need == IndexNeed.Reindex)
                statements.Add(IndexStatement.Reindex(table, name, concurrently: false));
            if (need is IndexNeed.Build or IndexNeed.Replace)
                statements.Add(IndexStatement.Create(table, wanted, name, concurrently: false));
            if (need is not (IndexNeed.Reindex or IndexNeed.Nothing) && IndexStatement.Attach(table, wanted, name) is string attach)
                statements.Add(attach);
            foreach (string statement in statements)
            {
                using NpgsqlCommand command = new(statement, connection, transaction);
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LakebaseError> ExplainAsync(
        IndexShape shape, PostgresException exception, CancellationToken cancellationToken)
    {
        bool keys = exception.SqlState == PostgresErrorCodes.UniqueViolation && exception.ConstraintName == name;
        if (keys && connection.FullState == System.Data.ConnectionState.Open)
        {
            return await KeyFault.DuplicatesAsync(connection, table, wanted, shape, name, exception, cancellationToken)
                .ConfigureAwait(false);
        }

        return exception.SqlState is PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation
            ? KeyFault.Nulls(table, shape, exception)
            : ErrorTranslator.Translate(exception, table.ToString());
    }

    private async Task<IndexBuildResult> VerifyAsync(
        IndexJudgement judgement, IndexResources resources, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExistingIndex> after =
            await ExistingIndex.ListAsync(connection, judgement.Table, cancellationToken).ConfigureAwait(false);
        ExistingIndex? built = after.FirstOrDefault(index => index.Name == name);
        if (built is not { IsValid: true } || !judgement.Shape.Matches(built) || !_judge.IsAttached(built))
        {
            throw new LakebaseError(ErrorIds.IndexNotVerified, LakebaseErrorKind.Verification,
                $"The index {TableName.Quote(name)} on {table} was built, but what the catalog shows is "
                + (built is null ? "no such index." : built.IsValid ? $"another one: {built.Clause}." : "an invalid index."))
            { Target = table.ToString(), Remedy = "Look for somebody else who changes the table, then run it again." }.ToException();
        }

        return Result(built, "Built", resources);
    }

    private IndexBuildResult Result(ExistingIndex index, string status, IndexResources? resources) => new()
    {
        Table = table.ToString(),
        Index = index.Name,
        Status = status,
        SizeBytes = index.SizeBytes,
        StartedAt = _startedAt,
        Duration = DateTimeOffset.UtcNow - _startedAt,
        Workers = resources?.Workers ?? 0,
        MemoryBytes = resources?.MemoryBytes ?? 0,
        Reason = resources?.Reason,
        Concurrently = settings.Concurrently && resources is not null,
        Session = session.Name,
    };
}
