using System.Diagnostics;
using LakebaseOps.Indexing;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading;

/// <summary>The load of one table from wherever an earlier call left it to the verified end.</summary>
internal sealed class TableLoad : IAsyncDisposable
{
    private readonly LoadPlan _plan;
    private readonly LoadConnections _connections;
    private readonly IOperationSink _sink;
    private readonly string? _parent;
    private readonly LoadLedger _ledger;
    private readonly LoadResume _resume;
    private readonly List<PhaseDuration> _phases = [];
    private readonly string _activity;
    private LoadMeter? _meter;

    public TableLoad(LoadPlan plan, LoadConnections connections, IOperationSink sink, string? parent)
    {
        _plan = plan;
        _connections = connections;
        _sink = sink;
        _parent = parent;
        _activity = $"Loading {plan.Table}";
        _ledger = new LoadLedger(connections, plan.Table);
        _resume = new LoadResume(plan, _ledger, sink);
    }

    /// <summary>Loads the table.</summary>
    public async Task<BulkLoadResult> RunAsync(Guid runId, string options, bool restart, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        await _ledger.LockAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long wal = await WalAsync(cancellationToken).ConfigureAwait(false);
            (LedgerEntry entry, bool isLoaded) = await _resume.EnterAsync(runId, options, restart, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<LoadedChunk> before = await _ledger.ChunksAsync(cancellationToken).ConfigureAwait(false);
            TableName? previous = entry.PreviousName is null ? null : _plan.Table with { Name = entry.PreviousName };
            if (!isLoaded)
                previous = await GoOnAsync(entry, before, cancellationToken).ConfigureAwait(false);
            LoadTotals totals = LoadTotals.Of(await _ledger.ChunksAsync(cancellationToken).ConfigureAwait(false));
            TimeSpan loading = _phases.FirstOrDefault(phase => phase.Phase == nameof(LoadPhase.Load))?.Duration ?? TimeSpan.Zero;
            return new BulkLoadResult
            {
                Table = _plan.Table.ToString(),
                Session = _connections.Session.Name,
                Status = isLoaded ? "AlreadyLoaded" : "Loaded",
                Rows = totals.Rows,
                InputBytes = _meter?.Bytes ?? 0,
                Chunks = totals.Chunks,
                ResumedChunks = before.Count,
                Streams = isLoaded ? 0 : _plan.Streams,
                Encoding = _plan.Source.TextReason is string reason ? $"Text ({reason})"
                    : totals.TextChunks > 0 ? $"Binary, {totals.TextChunks} of {totals.Chunks} chunks as Text" : "Binary",
                ContentHash = totals.HashText,
                WalBytes = Math.Max(0, await WalAsync(cancellationToken).ConfigureAwait(false) - wal),
                Phases = [.. _phases],
                StartedAt = startedAt,
                Duration = Stopwatch.GetElapsedTime(start),
                RowsPerSecond = loading > TimeSpan.Zero ? (_meter?.Rows ?? 0) / loading.TotalSeconds : 0,
                PreviousTable = previous?.ToString(),
            };
        }
        catch (Exception) when (!_plan.Source.IsRepeatable && _ledger.LoadId != Guid.Empty)
        {
            await _resume.ForgetAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _sink.Report(new OperationProgress(_activity, "") { Parent = _parent, IsCompleted = true });
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    private async Task<TableName?> GoOnAsync(LedgerEntry entry, IReadOnlyList<LoadedChunk> before, CancellationToken cancellationToken)
    {
        bool append = _plan.Mode == BulkLoadMode.Append;
        LoadPhase at = entry.Phase;
        if (at == LoadPhase.Stage)
        {
            await PhaseAsync(LoadPhase.Stage, () => _ledger.RunAsync(
                async (connection, token) =>
                {
                    await StageTable.CreateAsync(connection, _plan, _ledger, token).ConfigureAwait(false);
                    return 0;
                },
                cancellationToken)).ConfigureAwait(false);
            at = LoadPhase.Load;
        }

        if (at == LoadPhase.Load)
        {
            await PhaseAsync(LoadPhase.Load, () => LoadAsync(before, cancellationToken)).ConfigureAwait(false);
            LoadTotals totals = LoadTotals.Of(await _ledger.ChunksAsync(cancellationToken).ConfigureAwait(false));
            at = append ? LoadPhase.Freeze : LoadPhase.Index;
            await _ledger.AdvanceAsync(at, totals, cancellationToken).ConfigureAwait(false);
            _sink.Milestone($"{_plan.Table}: {totals.Rows:N0} rows in {totals.Chunks} chunks loaded in {_phases[^1].Duration.TotalSeconds:N1} s.");
        }

        if (at == LoadPhase.Index)
        {
            await PhaseAsync(LoadPhase.Index, () => new StageIndexes(_plan, _ledger, _connections, _sink).BuildAsync(cancellationToken)).ConfigureAwait(false);
            at = LoadPhase.Freeze;
            await _ledger.AdvanceAsync(at, null, cancellationToken).ConfigureAwait(false);
            _sink.Milestone($"{_plan.Table}: {_plan.Indexes.Count + _plan.Constraints.Count} indexes built in {_phases[^1].Duration.TotalSeconds:N1} s.");
        }

        if (at == LoadPhase.Freeze)
        {
            if (!_plan.SkipVacuum)
                await PhaseAsync(LoadPhase.Freeze, () => VacuumAsync(cancellationToken)).ConfigureAwait(false);
            at = append ? LoadPhase.Done : LoadPhase.Swap;
            await _ledger.AdvanceAsync(at, null, cancellationToken).ConfigureAwait(false);
        }

        TableName? previous = null;
        if (at == LoadPhase.Swap)
            await PhaseAsync(LoadPhase.Swap, async () => previous = await SwapAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return previous;
    }

    private async Task LoadAsync(IReadOnlyList<LoadedChunk> before, CancellationToken cancellationToken)
    {
        _plan.Source.Resume([.. before.Select(chunk => chunk.Range)]);
        _meter = new LoadMeter(_activity, _parent, _plan.Source, before.Sum(chunk => chunk.Rows), before.Sum(chunk => chunk.Bytes), _sink);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] streams = [.. Enumerable.Range(0, _plan.Streams).Select(_ => Task.Run(() => StreamAsync(stop), CancellationToken.None))];
        try
        {
            await Task.WhenAll(streams).ConfigureAwait(false);
        }
        catch
        {
            // The first real failure, not the cancellations that it brought about.
            Exception? cause = streams.Select(stream => stream.Exception?.InnerException)
                .FirstOrDefault(exception => exception is not (null or OperationCanceledException));
            cancellationToken.ThrowIfCancellationRequested();
            if (cause is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private async Task StreamAsync(CancellationTokenSource stop)
    {
        ChunkSender sender = new(_plan, _ledger, _connections, new LoadProgress(_meter!));
        await using (sender.ConfigureAwait(false))
        {
            try
            {
                await sender.RunAsync(stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task VacuumAsync(CancellationToken cancellationToken)
    {
        string how = _plan.Mode == BulkLoadMode.Append ? "ANALYZE" : "FREEZE, ANALYZE";
        _sink.Report(new OperationProgress(_activity, $"VACUUM ({how})") { Parent = _parent });
        await _ledger.RunAsync(
            async (connection, token) =>
            {
                // VACUUM cannot call a page all-visible while the commit of its rows has not reached the log, which takes its
                // time where synchronous_commit is off: a commit that waits for the log makes sure of it.
                using (NpgsqlCommand flush = new(
                    "SELECT set_config('synchronous_commit', 'on', true), pg_current_xact_id()", connection))
                    await flush.ExecuteNonQueryAsync(token).ConfigureAwait(false);
                using NpgsqlCommand command = new($"VACUUM ({how}) {_plan.Target.ToSql()}", connection);
                return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<TableName?> SwapAsync(CancellationToken cancellationToken)
    {
        _sink.Report(new OperationProgress(_activity, "Counting, then swapping") { Parent = _parent });
        LedgerEntry entry = await _ledger.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw LoadLedger.TakenOver(_plan.Table);
        TableSwap swap = new(_plan, _ledger, entry);
        return await _ledger.RunAsync(
            async (connection, token) =>
            {
                LedgerEntry now = await LedgerEntry.FindAsync(connection, _ledger.LoadId, token).ConfigureAwait(false) ?? entry;
                if (!now.IsLoaded)
                    await CountAsync(connection, entry, token).ConfigureAwait(false);
                TableName? previous = await swap.RunAsync(connection, token).ConfigureAwait(false);
                await swap.VerifyAsync(connection, token).ConfigureAwait(false);
                return previous;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The last gate: a stage that does not hold exactly the rows of the ledger is never swapped in.</summary>
    private async Task CountAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT count(*) FROM {_plan.Stage.ToSql()}", connection);
        long count = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (count != entry.Rows)
        {
            throw new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification,
                $"The stage table of {_plan.Table} holds {count:N0} rows and the ledger {entry.Rows:N0}; nothing was swapped.")
            { Target = _plan.Table.ToString(), Remedy = "Somebody else has written to the stage table: load with -Restart." }.ToException();
        }
    }

    private async Task PhaseAsync(LoadPhase phase, Func<Task> work)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        await work().ConfigureAwait(false);
        _phases.Add(new PhaseDuration(phase.ToString(), startedAt, Stopwatch.GetElapsedTime(start)));
    }

    private Task<long> WalAsync(CancellationToken cancellationToken) => _ledger.RunAsync(
        static async (connection, token) =>
        {
            using NpgsqlCommand command = new("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint", connection);
            return (long)(await command.ExecuteScalarAsync(token).ConfigureAwait(false))!;
        },
        cancellationToken);
}
