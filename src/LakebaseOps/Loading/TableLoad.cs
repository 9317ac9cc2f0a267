using System.Diagnostics;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading;

/// <summary>
/// The load of one table from wherever it is to the verified end. Who gets the table's lock leads it; a process that finds the
/// same load being led by another helps to load its chunks, and takes over when the leader dies.
/// </summary>
internal sealed class TableLoad : IAsyncDisposable
{
    private const int Patience = 20;

    private readonly LoadPlan _plan;
    private readonly LoadConnections _connections;
    private readonly IOperationSink _sink;
    private readonly LoadLedger _ledger;
    private readonly LoadResume _resume;
    private readonly LoadMeter _meter;
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _helped;

    public TableLoad(LoadPlan plan, LoadConnections connections, IOperationSink sink, RunMeter? run)
    {
        _plan = plan;
        _connections = connections;
        _sink = sink;
        _ledger = new LoadLedger(connections, plan.Table);
        _resume = new LoadResume(plan, _ledger, sink);
        _meter = new LoadMeter($"Loading {plan.Table}", run, plan.Source, sink);
    }

    /// <summary>Loads the table.</summary>
    public async Task<BulkLoadResult> RunAsync(Guid runId, string options, bool restart, CancellationToken cancellationToken)
    {
        try
        {
            long wal = await WalAsync(cancellationToken).ConfigureAwait(false);
            while (true)
            {
                await EnterAsync(restart, cancellationToken).ConfigureAwait(false);
                try
                {
                    return await LeadAsync(runId, options, restart, wal, cancellationToken).ConfigureAwait(false);
                }
                catch (LakebaseException busy) when (busy.Error.Id == ErrorIds.ResourceBusy && CanShare(restart))
                {
                    // The lock was lost and another process leads now: help that one.
                }
            }
        }
        catch (Exception) when (!_plan.Source.IsRepeatable && _ledger.LoadId != Guid.Empty)
        {
            await _resume.ForgetAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _sink.Report(new OperationProgress(_meter.Activity, "") { Parent = _meter.Parent, IsCompleted = true });
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    private bool CanShare(bool restart) => !restart && _plan.Source is SeekableSource;

    /// <summary>Takes the lock. While another process has it and loads the same, helps that one.</summary>
    /// <exception cref="LakebaseException">ResourceBusy: another process does something else with the table.</exception>
    private async Task EnterAsync(bool restart, CancellationToken cancellationToken)
    {
        int idle = 0;
        bool helps = false;
        while (!await _ledger.TryLockAsync(cancellationToken).ConfigureAwait(false))
        {
            LedgerEntry? entry = CanShare(restart) ? await _ledger.FindAsync(cancellationToken).ConfigureAwait(false) : null;
            if (entry is { IsLoaded: false } && _resume.IsSame(entry))
            {
                idle = 0;
                if (!helps)
                    _sink.Milestone($"{_plan.Table}: another process loads the same; helping it.");
                helps = true;
                await HelpAsync(entry, cancellationToken).ConfigureAwait(false);
            }
            else if (++idle > Patience)
            {
                throw LoadLedger.Busy(_plan.Table);
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Loads chunks of a load that another process leads, as long as there are any.</summary>
    private async Task HelpAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Phase != LoadPhase.Load)
            return;
        _ledger.Join(entry.LoadId);
        (long pending, long uncut) = await _ledger.RunAsync(
            (connection, token) => InputBooks.LeftAsync(connection, entry.LoadId, token), cancellationToken).ConfigureAwait(false);
        if (pending + uncut == 0)
            return;
        IReadOnlyList<LoadedChunk> before = await _ledger.ChunksAsync(cancellationToken).ConfigureAwait(false);
        _meter.Begin(before);
        long start = Stopwatch.GetTimestamp();
        await new LoadStreams(_plan, _ledger, _connections, _meter, _sink).RunAsync(before, cancellationToken).ConfigureAwait(false);
        _helped += Stopwatch.GetElapsedTime(start);
    }

    private async Task<BulkLoadResult> LeadAsync(
        Guid runId, string options, bool restart, long wal, CancellationToken cancellationToken)
    {
        (LedgerEntry entry, bool isLoaded) = await _resume.EnterAsync(runId, options, restart, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<LoadedChunk> before = await _ledger.ChunksAsync(cancellationToken).ConfigureAwait(false);
        _meter.Begin(before);
        // What was there already is no part of what the load has added; after an interruption nobody knows any more what was.
        bool grows = _plan.Mode != BulkLoadMode.Replace;
        long? there = !grows ? 0 : isLoaded || before.Count > 0 ? null : await SizeAsync(cancellationToken).ConfigureAwait(false);
        LoadPhases phases = new(_plan, _ledger, _connections, _meter, _sink);
        TableName? previous = entry.PreviousName is null ? null : _plan.Table with { Name = entry.PreviousName };
        if (!isLoaded)
            previous = await phases.RunAsync(entry, before, cancellationToken).ConfigureAwait(false);
        LoadTotals totals = LoadTotals.Of(await _ledger.ChunksAsync(cancellationToken).ConfigureAwait(false));
        TimeSpan loading = _helped
            + (phases.Done.FirstOrDefault(phase => phase.Phase == nameof(LoadPhase.Load))?.Duration ?? TimeSpan.Zero);
        bool already = isLoaded && _helped == TimeSpan.Zero;
        return new BulkLoadResult
        {
            Table = _plan.Table.ToString(),
            Session = _connections.Session.Name,
            Status = already ? "AlreadyLoaded" : "Loaded",
            Rows = totals.Rows,
            InsertedRows = _plan.Merge is null ? null : totals.Inserted,
            UpdatedRows = _plan.Merge is null ? null : totals.Updated,
            IgnoredRows = _plan.Merge is null ? null : totals.Rows - totals.Inserted - totals.Updated,
            IndexStrategy = already ? null : phases.IndexStrategy,
            PlannedBytes = _plan.PlannedBytes,
            ActualBytes = await SizeAsync(cancellationToken).ConfigureAwait(false) - (grows ? there : 0),
            InputBytes = _meter.Bytes,
            Chunks = totals.Chunks,
            ResumedChunks = before.Count,
            Streams = already ? 0 : _plan.Streams,
            Encoding = _plan.Source.TextReason is string reason ? $"Text ({reason})" : totals.Encoding,
            Rejected = totals.Rejected,
            RejectPath = totals.Rejected > 0 ? _plan.RejectPath : null,
            ContentHash = totals.HashText,
            Proof = phases.Done.Any(phase => phase.Phase == "Prove") ? nameof(LoadProof.Content) : nameof(LoadProof.Count),
            WalBytes = Math.Max(0, await WalAsync(cancellationToken).ConfigureAwait(false) - wal),
            Phases = [.. phases.Done],
            StartedAt = _startedAt,
            Duration = Stopwatch.GetElapsedTime(_start),
            RowsPerSecond = loading > TimeSpan.Zero ? _meter.Rows / loading.TotalSeconds : 0,
            PreviousTable = previous?.ToString(),
        };
    }

    private Task<long?> SizeAsync(CancellationToken cancellationToken) => _ledger.RunAsync(
        async (connection, token) =>
        {
            using NpgsqlCommand command = new("SELECT pg_total_relation_size(to_regclass($1))", connection)
            {
                Parameters = { new() { Value = _plan.Table.ToSql() } },
            };
            return await command.ExecuteScalarAsync(token).ConfigureAwait(false) as long?;
        },
        cancellationToken);

    private Task<long> WalAsync(CancellationToken cancellationToken) => _ledger.RunAsync(
        static async (connection, token) =>
        {
            using NpgsqlCommand command = new("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint", connection);
            return (long)(await command.ExecuteScalarAsync(token).ConfigureAwait(false))!;
        },
        cancellationToken);
}
