using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// Leads a restore through its phases: objects beside what is there, rows, proof, indexes, everything else, and one transaction
/// that puts all of it in its place. What is done is in the target's own books.
/// </summary>
/// <param name="request">What is wanted.</param>
/// <param name="session">Where it goes.</param>
/// <param name="sink">Hears of it.</param>
internal sealed class Restore(RestoreRequest request, PostgresSession session, IOperationSink sink) : IAsyncDisposable
{
    private readonly List<PhaseDuration> _phases = [];
    private readonly RestoreTarget _target = new(session);
    private bool _resumed;
    private bool _inconsistent;
    private bool _failed;

    private RestoreOptions Options => request.Options;

    private IReadOnlyList<DumpTable> Tables => request.Definition.Tables;

    /// <summary>Goes on with an unfinished copy whose snapshot is gone: tables that were complete stay.</summary>
    public bool AllowInconsistent { get; init; }

    /// <summary>What would be done, and whether it can be.</summary>
    public async Task<IReadOnlyList<string>> DescribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            request = await TableChoice.SettleAsync(connection, request, AllowInconsistent, session.Database, cancellationToken).ConfigureAwait(false);
            RestoreSteps steps = await StepsAsync(connection, cancellationToken).ConfigureAwait(false);
            Placement placement = Placements.Choose(request, Guid.Empty, steps);
            (IReadOnlyList<string> replacing, IReadOnlyList<string> incoming) = placement is TablePlacement chosen
                ? await chosen.AroundAsync(connection, cancellationToken).ConfigureAwait(false) : ([], []);
            await CheckAsync(connection, steps, sink.Warn, cancellationToken).ConfigureAwait(false);
            await RestoreChecks.PlaceAsync(connection, placement, Options.InPlace, session.Database, cancellationToken).ConfigureAwait(false);
            await RestoreLoss.CheckAsync(connection, request, steps.Schemas.Select(request.Final), session.Database, cancellationToken).ConfigureAwait(false);
            string replaced = Options.InPlace ? "made in place" : Options.KeepPrevious ? "replacing what is there, which is kept" : "replacing what is there";
            return
            [
                string.Create(CultureInfo.InvariantCulture, $"{steps.All.Count} objects in {string.Join(", ", steps.Schemas.Select(request.Final))}, {replaced}"),
                .. TableChoice.Describe(request, replacing, incoming),
                .. Tables.OrderByDescending(table => table.TotalBytes).Select(table => string.Create(CultureInfo.InvariantCulture,
                    $"{placement.Final(table.Table)}: about {table.EstimatedRows:N0} rows, {table.TotalBytes / 1e6:N1} MB")),
            ];
        }
    }

    /// <summary>Restores.</summary>
    public async Task<RestoreResult> RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        request = await _target.UseAsync(
            (connection, token) => TableChoice.SettleAsync(connection, request, AllowInconsistent, session.Database, token), cancellationToken).ConfigureAwait(false);
        RestoreMeter meter = new($"Restoring to {session.Database}", sink);
        _failed = true;
        try
        {
            await _target.LockAsync(cancellationToken).ConfigureAwait(false);
            (Placement placement, RestoreSteps steps, bool swapped) = await BeginAsync(meter, cancellationToken).ConfigureAwait(false);
            RestoreSwap swap = new(request, _target, placement, steps, sink);
            IReadOnlyList<string> previous = [];
            if (!swapped)
            {
                (IReadOnlyList<TableWork> works, HashSet<int> built) = Distribute(placement, steps, meter, out WorkQueue queue);
                using (queue)
                    await PhaseAsync("Rows", () => LoadAsync(works, queue, cancellationToken)).ConfigureAwait(false);
                await PhaseAsync("Objects", () => FinishAsync(placement, steps, built, meter, cancellationToken)).ConfigureAwait(false);
                meter.Say("swap");
                await PhaseAsync("Swap", async () => previous = await swap.RunAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }
            else
            {
                previous = await _target.UseAsync(placement.PreviousAsync, cancellationToken).ConfigureAwait(false);
            }

            await LateObjects.ProveAsync(_target, sink, cancellationToken).ConfigureAwait(false);
            meter.Say("removal of what was replaced");
            previous = await swap.RemoveAsync(previous, cancellationToken).ConfigureAwait(false);
            await _target.TransactAsync(
                (connection, token) => RestoreLedger.AdvanceAsync(connection, _target.Id, "Swapped", "Restored", token), waits: true, cancellationToken).ConfigureAwait(false);
            _failed = false;
            // By the books, which know of earlier calls as well.
            RestoredTable[] tables = [.. Tables.Select(table => (table.Table, Sent: TableWork.Sum(_target, table, request.Source.Chunks(table)))).Select(one => new RestoredTable
            {
                Table = placement.Final(one.Table).ToString(),
                Rows = one.Sent.Rows,
                Bytes = one.Sent.Bytes,
                Hash = one.Sent.Sum.ToString("x32", CultureInfo.InvariantCulture),
            }).OrderByDescending(table => table.Bytes)];
            return new RestoreResult
            {
                Source = request.Source.Origin.Label,
                Database = session.Database,
                Session = session.Name,
                Status = "Restored",
                Proof = request.Source.DataFormat == DumpDataFormat.Csv ? LoadProof.Count : Options.Proof,
                IsConsistent = !_inconsistent,
                IsResumed = _resumed,
                Objects = steps.All.Count,
                Rows = tables.Sum(table => table.Rows),
                Bytes = tables.Sum(table => table.Bytes),
                Tables = tables,
                Previous = previous,
                Left = request.Definition.Left,
                Phases = _phases,
                StartedAt = startedAt,
                Duration = Stopwatch.GetElapsedTime(start),
            };
        }
        finally
        {
            meter.Complete();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync().ConfigureAwait(false);
        if (_failed)
            await _target.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Checks everything, then begins a restore, or goes on with one.</summary>
    private async Task<(Placement Placement, RestoreSteps Steps, bool IsSwapped)> BeginAsync(RestoreMeter meter, CancellationToken cancellationToken)
    {
        RestoreSteps steps = await _target.UseAsync(StepsAsync, cancellationToken).ConfigureAwait(false);
        await _target.UseAsync(
            async (connection, token) =>
            {
                await CheckAsync(connection, steps, sink.Warn, token).ConfigureAwait(false);
                await RestoreLedger.EnsureAsync(connection, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        RestoreResume resume = new(request, _target, steps, sink) { AllowInconsistent = AllowInconsistent };
        if (await resume.FindAsync([.. steps.Schemas.Select(request.Final)], cancellationToken).ConfigureAwait(false) is RestoreEntry entry)
        {
            _resumed = true;
            _inconsistent = entry.Source != request.Source.Id;
            Placement former = Placements.Choose(request, entry.Id, steps);
            await _target.JoinAsync(entry.Id, cancellationToken).ConfigureAwait(false);
            if (_inconsistent && !entry.IsSwapped)
                await resume.AdoptAsync(former, cancellationToken).ConfigureAwait(false);
            return (former, steps, entry.IsSwapped);
        }

        Guid id = Guid.NewGuid();
        Placement placement = Placements.Choose(request, id, steps);
        await _target.UseAsync(
            async (connection, token) =>
            {
                await RestoreChecks.PlaceAsync(connection, placement, Options.InPlace, session.Database, token).ConfigureAwait(false);
                await RestoreLoss.CheckAsync(connection, request, steps.Schemas.Select(request.Final), session.Database, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        meter.Say("definitions");
        await PhaseAsync("Define", () => DefineAsync(id, placement, steps, cancellationToken)).ConfigureAwait(false);
        await _target.JoinAsync(id, cancellationToken).ConfigureAwait(false);
        return (placement, steps, false);
    }

    private Task DefineAsync(Guid id, Placement placement, RestoreSteps steps, CancellationToken cancellationToken) => PatientAsync(() => _target.TransactAsync(
        async (connection, token) =>
        {
            RestoreEntry entry = new(
                id, request.Source.Id, request.Source.Origin.Label, request.Key, [.. steps.Schemas.Select(request.Final)], [.. placement.Stages], IsSwapped: false);
            await RestoreLedger.BeginAsync(connection, entry, token).ConfigureAwait(false);
            foreach (string mark in request.Present?.Marks ?? [])
                await RestoreLedger.DoneAsync(connection, id, mark, RestoreStep.None, token).ConfigureAwait(false);
            IReadOnlyList<string> leave = await placement.EnterAsync(connection, first: true, token).ConfigureAwait(false);
            if (placement is OwnPlace)
            {
                IReadOnlyList<string> there = await Placement.ListAsync(
                    connection, "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", token, (object)steps.Schemas.ToArray()).ConfigureAwait(false);
                await Placement.RunAsync(connection, steps.Schemas.Except(there).SelectMany(steps.Create), token).ConfigureAwait(false);
            }

            foreach (RestoreObject one in steps.Before)
                await MakeAsync(connection, one, token).ConfigureAwait(false);
            await Placement.RunAsync(connection, leave, token).ConfigureAwait(false);
            return true;
        },
        waits: true, cancellationToken), cancellationToken);

    /// <summary>Tables that are lent to a stage for a moment may be in use.</summary>
    private Task PatientAsync<T>(Func<Task<T>> transaction, CancellationToken cancellationToken) =>
        Patience.RunAsync(new TableName(session.Database, "*"), sink, transaction, cancellationToken);

    private (IReadOnlyList<TableWork> Works, HashSet<int> Built) Distribute(
        Placement placement, RestoreSteps steps, RestoreMeter meter, out WorkQueue queue)
    {
        queue = new WorkQueue();
        RestoreWork shared = new(request.Source, _target, placement, queue, meter, Options.Proof, Workers, new IndexPlan(_target, request.Limits.SmallBytes, sink)) { Limits = request.Limits };
        HashSet<TableName> own = [.. Tables.Select(table => table.Table)];
        var indexes = steps.After
            .Where(one => one.Object.Kind is "INDEX" or "CONSTRAINT" && one.Object.Relation is TableName table && own.Contains(table) && one.Sql.Count == 1)
            .Select(one => (Object: one, Sql: IndexObject.Sql(one.Object, placement, steps.Schemas)))
            .Where(one => one.Sql is not null)
            .Select(one => (one.Object, Sql: one.Sql!)).ToArray();
        return (
            [.. Tables.Select(table => new TableWork(
                shared, table,
                [.. indexes.Where(one => one.Object.Object.Relation == table.Table && one.Object.Object.Kind == "CONSTRAINT")],
                [.. indexes.Where(one => one.Object.Object.Relation == table.Table && one.Object.Object.Kind == "INDEX")]))],
            [.. indexes.Select(one => one.Object.Number)]);
    }

    private int Workers => Options.ThrottleLimit ?? Math.Clamp(Environment.ProcessorCount, 2, 4);

    private async Task LoadAsync(IReadOnlyList<TableWork> works, WorkQueue queue, CancellationToken cancellationToken)
    {
        foreach (TableWork work in works)
            queue.Add(work.Table.TotalBytes, work.StartAsync);
        await queue.RunAsync(Workers, cancellationToken).ConfigureAwait(false);
        sink.Milestone(string.Create(CultureInfo.InvariantCulture,
            $"{session.Database}: {works.Sum(work => work.Sent.Rows):N0} rows in {works.Count} tables with their indexes."));
    }

    /// <summary>Everything else in one transaction: foreign keys, triggers, policies, sequences, materialised views.</summary>
    private async Task FinishAsync(Placement placement, RestoreSteps steps, HashSet<int> built, RestoreMeter meter, CancellationToken cancellationToken)
    {
        meter.Say("foreign keys and everything else");
        RestoreObject[] rest = [.. steps.After.Where(one => !built.Contains(one.Number) && !RestoreSwap.IsShared(one.Object))];
        await PatientAsync(() => _target.StepAsync(
            "objects",
            async (connection, token) =>
            {
                IReadOnlyList<string> leave = await placement.EnterAsync(connection, first: false, token).ConfigureAwait(false);
                foreach (RestoreObject one in rest)
                    await MakeAsync(connection, one, token).ConfigureAwait(false);
                await Placement.RunAsync(connection, leave, token).ConfigureAwait(false);
                return RestoreStep.None;
            },
            cancellationToken), cancellationToken).ConfigureAwait(false);
        TableName[] views = [.. steps.All.Where(one => one.Object.Kind == "MATERIALIZED VIEW")
            .Select(one => placement.Stage(new TableName(one.Object.Schema, one.Object.Name)))];
        foreach (TableName view in views)
            await _target.OutsideAsync($"analyze {view}", [$"VACUUM (ANALYZE) {view.ToSql()}"], cancellationToken).ConfigureAwait(false);
        meter.Say("statistics");
        TableName[] tables = [.. steps.All.Where(one => one.Object.Kind == "TABLE").Select(one => placement.Stage(new TableName(one.Object.Schema, one.Object.Name)))];
        await new LateStatistics(_target).MakeAsync(tables, Workers, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes an object, in the caller's transaction.</summary>
    public static async Task MakeAsync(NpgsqlConnection connection, RestoreObject one, CancellationToken cancellationToken)
    {
        try
        {
            await SqlStatements.RunAsync(connection, string.Join('\n', one.Sql), cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (!Loading.Sending.Transient.Is(refused) && refused.SqlState != PostgresErrorCodes.LockNotAvailable)
        {
            string name = one.Object.Schema.Length > 0 ? $"{one.Object.Schema}.{one.Object.Name}" : one.Object.Name;
            LakebaseError error = ErrorTranslator.Translate(refused, name);
            throw (error with { Message = $"{one.Object.Kind} {name} could not be made. {error.Message}" }).ToException();
        }
    }

    private async Task<RestoreSteps> StepsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> extensions = await Placement.ListAsync(connection, "SELECT extname FROM pg_extension", cancellationToken).ConfigureAwait(false);
        return new RestoreSteps(request.Definition, Options, request.Late, extensions);
    }

    private async Task CheckAsync(NpgsqlConnection connection, RestoreSteps steps, Action<string> warn, CancellationToken cancellationToken)
    {
        RestoreChecks.Map(steps, Options, request.Final, session.Database, warn);
        ServerBound.Check(Tables, "Leave those tables out (-Schema), or make the columns text at the source.", warn);
        await RestoreChecks.ServerAsync(connection, request.Source.Origin, session, Options.Force, warn, cancellationToken).ConfigureAwait(false);
        await RestoreChecks.RolesAsync(connection, steps.Roles, session.Database, cancellationToken).ConfigureAwait(false);
        await RestoreChecks.ExtensionsAsync(connection, steps, session.Database, cancellationToken).ConfigureAwait(false);
    }

    private async Task PhaseAsync(string phase, Func<Task> work)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        await work().ConfigureAwait(false);
        _phases.Add(new PhaseDuration(phase, startedAt, Stopwatch.GetElapsedTime(start)));
    }
}
