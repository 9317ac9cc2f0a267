using System.Diagnostics;
using LakebaseOps.Loading.Appending;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading;

/// <summary>Leads the load of one table through its phases, from whichever it is in to the verified end.</summary>
internal sealed class LoadPhases(LoadPlan plan, LoadLedger ledger, LoadConnections connections, LoadMeter meter, IOperationSink sink)
{
    private readonly List<PhaseDuration> _done = [];

    /// <summary>The phases gone through, in order.</summary>
    public IReadOnlyList<PhaseDuration> Done => _done;

    /// <summary>What was done with the indexes of a table that rows were added to, and why; null where a stage was swapped in.</summary>
    public string? IndexStrategy { get; private set; } = plan.IndexStrategy?.Reason;

    /// <summary>Goes on to the end; answers where the replaced table is kept, if it is.</summary>
    public async Task<TableName?> RunAsync(LedgerEntry entry, IReadOnlyList<LoadedChunk> before, CancellationToken cancellationToken)
    {
        bool append = plan.Mode != BulkLoadMode.Replace;
        LoadPhase at = entry.Phase;
        if (at == LoadPhase.Stage)
        {
            await PhaseAsync(LoadPhase.Stage, () => ledger.RunAsync(
                async (connection, token) =>
                {
                    await StageTable.CreateAsync(connection, plan, ledger, token).ConfigureAwait(false);
                    return 0;
                },
                cancellationToken)).ConfigureAwait(false);
            at = LoadPhase.Load;
        }

        if (at == LoadPhase.Load)
        {
            if (plan.IndexStrategy is { Rebuilt.Count: > 0 } strategy && before.Count == 0)
                await Dropped.DropAsync(strategy.Rebuilt, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<IndexDefinition> dropped = await Dropped.ListAsync(cancellationToken).ConfigureAwait(false);
            if (dropped.Count > 0 && before.Count > 0)
                IndexStrategy = $"Rebuild {string.Join(", ", dropped.Select(index => index.Name))}: dropped by an earlier call";
            try
            {
                await PhaseAsync(LoadPhase.Load, () => LoadAsync(before, cancellationToken)).ConfigureAwait(false);
            }
            catch when (dropped.Count > 0)
            {
                sink.Warn($"{plan.Table} is without {string.Join(", ", dropped.Select(index => index.Name))} until this load is resumed or Remove-LakebaseCheckpoint gives it up; both build them again.");
                throw;
            }

            IReadOnlyList<LoadedChunk> chunks = await ledger.ChunksAsync(cancellationToken).ConfigureAwait(false);
            LoadTotals totals = LoadTotals.Of(chunks);
            new RejectGate(plan, ledger.LoadId).Check(totals);
            ExpectedRows.Check(plan, chunks);
            at = append && dropped.Count == 0 ? LoadPhase.Freeze : LoadPhase.Index;
            await ledger.AdvanceAsync(at, totals, cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{plan.Table}: {totals.Rows:N0} rows in {totals.Chunks} chunks loaded in {_done[^1].Duration.TotalSeconds:N1} s.");
        }

        if (at == LoadPhase.Index)
        {
            int built = plan.Indexes.Count + plan.Constraints.Count;
            await PhaseAsync(LoadPhase.Index, async () =>
            {
                if (append)
                    built = await Dropped.RestoreAsync(cancellationToken).ConfigureAwait(false);
                else
                    await new StageIndexes(plan, ledger, connections, sink).BuildAsync(cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            at = LoadPhase.Freeze;
            await ledger.AdvanceAsync(at, null, cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{plan.Table}: {built} indexes built in {_done[^1].Duration.TotalSeconds:N1} s.");
        }

        if (at == LoadPhase.Freeze)
        {
            if (!plan.SkipVacuum)
                await PhaseAsync(LoadPhase.Freeze, () => VacuumAsync(cancellationToken)).ConfigureAwait(false);
            at = append ? LoadPhase.Done : LoadPhase.Swap;
            await ledger.AdvanceAsync(at, null, cancellationToken).ConfigureAwait(false);
        }

        TableName? previous = null;
        if (at == LoadPhase.Swap && plan.Proof == LoadProof.Content)
        {
            sink.Report(new OperationProgress(meter.Activity, "Reading back") { Parent = meter.Parent });
            LoadTotals totals = LoadTotals.Of(await ledger.ChunksAsync(cancellationToken).ConfigureAwait(false));
            await PhaseAsync("Prove", () => new ContentProof(plan, connections).RunAsync(totals, cancellationToken)).ConfigureAwait(false);
        }

        if (at == LoadPhase.Swap)
            await PhaseAsync(LoadPhase.Swap, async () => previous = await SwapAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return previous;
    }

    private DroppedIndexes Dropped => new(plan.Table, ledger, connections, sink);

    private async Task LoadAsync(IReadOnlyList<LoadedChunk> before, CancellationToken cancellationToken)
    {
        if (plan.Source is SeekableSource seekable)
        {
            await ledger.RunAsync(
                async (connection, token) =>
                {
                    await InputBooks.EnterAsync(connection, ledger.LoadId, seekable.Inputs, token).ConfigureAwait(false);
                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await new LoadStreams(plan, ledger, connections, meter, sink).RunAsync(before, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && plan.RejectPath is string path)
        {
            try
            {
                await WriteRejectsAsync(path, cancellationToken).ConfigureAwait(false);
            }
            catch (LakebaseException unwritten)
            {
                // What ended the load is the news, not this.
                sink.Warn(unwritten.Message);
            }

            throw;
        }

        if (plan.RejectPath is not null)
            await WriteRejectsAsync(plan.RejectPath, cancellationToken).ConfigureAwait(false);
        if (plan.Source is SeekableSource again)
            await again.ProveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what was refused so far, by this call and earlier ones, also when the load fails.</summary>
    private async Task WriteRejectsAsync(string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadedChunk> chunks = await ledger.ChunksAsync(cancellationToken).ConfigureAwait(false);
        if (chunks.All(chunk => chunk.Rejected == 0))
            return;
        long rows = await ledger.RunAsync(
            (connection, token) => RejectFile.WriteAsync(connection, ledger.LoadId, chunks, plan.Source, path, token), cancellationToken).ConfigureAwait(false);
        sink.Warn($"{plan.Table}: {rows:N0} rows were refused; see {path}.");
    }

    private async Task VacuumAsync(CancellationToken cancellationToken)
    {
        string how = plan.Mode == BulkLoadMode.Replace ? "FREEZE, ANALYZE" : "ANALYZE";
        sink.Report(new OperationProgress(meter.Activity, $"VACUUM ({how})") { Parent = meter.Parent });
        await ledger.RunAsync(
            async (connection, token) =>
            {
                // VACUUM cannot call a page all-visible while the commit of its rows has not reached the log, which takes its
                // time where synchronous_commit is off: a commit that waits for the log makes sure of it.
                using (NpgsqlCommand flush = new(
                    "SELECT set_config('synchronous_commit', 'on', true), pg_current_xact_id()", connection))
                    await flush.ExecuteNonQueryAsync(token).ConfigureAwait(false);
                using NpgsqlCommand command = new($"VACUUM ({how}) {plan.Target.ToSql()}", connection);
                return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<TableName?> SwapAsync(CancellationToken cancellationToken)
    {
        sink.Report(new OperationProgress(meter.Activity, "Counting, then swapping") { Parent = meter.Parent });
        LedgerEntry entry = await ledger.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw LoadLedger.TakenOver(plan.Table);
        TableSwap swap = new(plan, ledger, entry, sink);
        return await ledger.RunAsync(
            async (connection, token) =>
            {
                LedgerEntry now = await LedgerEntry.FindAsync(connection, ledger.LoadId, token).ConfigureAwait(false) ?? entry;
                if (!now.IsLoaded)
                    await CountAsync(connection, entry, token).ConfigureAwait(false);
                TableName? previous = await swap.RunAsync(connection, token).ConfigureAwait(false);
                await swap.VerifyAsync(connection, token).ConfigureAwait(false);
                if (!plan.SkipVacuum)
                    await swap.AnalyzeAsync(connection, token).ConfigureAwait(false);
                return previous;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The last gate: a stage that does not hold exactly the rows of the ledger is never swapped in.</summary>
    private async Task CountAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT count(*) FROM {plan.Stage.ToSql()}", connection);
        long count = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (count != entry.Rows)
        {
            throw new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification,
                $"The stage table of {plan.Table} holds {count:N0} rows and the ledger {entry.Rows:N0}; nothing was swapped.")
            { Target = plan.Table.ToString(), Remedy = "Somebody else has written to the stage table: load with -Restart." }.ToException();
        }
    }

    private Task PhaseAsync(LoadPhase phase, Func<Task> work) => PhaseAsync(phase.ToString(), work);

    private async Task PhaseAsync(string phase, Func<Task> work)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        await work().ConfigureAwait(false);
        _done.Add(new PhaseDuration(phase, startedAt, Stopwatch.GetElapsedTime(start)));
    }
}
