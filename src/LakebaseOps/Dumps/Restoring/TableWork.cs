using System.Globalization;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;
using LakebaseOps.Indexing;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// What is done with one table: its rows come; they are read back while its indexes are built, and compared; keys are made of
/// their indexes, and it is vacuumed and analysed. Each stage becomes due when the one before has ended, while other tables are in stages of their own.
/// </summary>
internal sealed class TableWork
{
    // To read a table back, or to build one of its indexes, beside sending it: a guess that only the progress rests on.
    private const double Pass = 0.5;

    private readonly RestoreWork _work;
    private readonly DumpTable _table;
    private readonly TableName _stage;
    private readonly TableCare _care;
    private readonly IReadOnlyList<DumpChunk> _chunks;
    private readonly IReadOnlyList<(RestoreObject Object, string Sql)> _keys;
    private readonly IReadOnlyList<(RestoreObject Object, string Sql)> _indexes;
    private readonly object _gate = new();
    private RowCopy? _copy;
    private RestoreStep _sent = RestoreStep.None;
    private RestoreStep _read = RestoreStep.None;
    private long? _pages;
    private int _level;
    private int _open;

    public TableWork(
        RestoreWork work, DumpTable table, IReadOnlyList<(RestoreObject Object, string Sql)> keys, IReadOnlyList<(RestoreObject Object, string Sql)> indexes)
    {
        (_work, _table, _keys, _indexes) = (work, table, keys, indexes);
        _stage = work.Placement.Stage(table.Table);
        _care = new TableCare(work.Target, _stage);
        _chunks = work.Source.Chunks(table);
        work.Meter.Expect(table.Table, Bytes + PassBytes * (keys.Count + indexes.Count + 1));
    }

    /// <summary>The table.</summary>
    public DumpTable Table => _table;

    /// <summary>What was sent of it.</summary>
    public RestoreStep Sent => _sent;

    private bool IsWhole => _table.TotalBytes <= _work.Limits.WholeBytes || _chunks.Count <= 1;

    private RestoreTarget Target => _work.Target;

    private double Bytes => _chunks.Sum(chunk => chunk.Bytes);

    private double PassBytes => Pass * Bytes;

    /// <summary>What the books say was sent of a table.</summary>
    /// <param name="target">The books.</param>
    /// <param name="table">The table.</param>
    /// <param name="chunks">Its pieces.</param>
    public static RestoreStep Sum(RestoreTarget target, DumpTable table, IEnumerable<DumpChunk> chunks) => target.Done($"rows {table.Table}")
        ?? chunks.Select(chunk => target.Done(Piece(table, chunk)) ?? RestoreStep.None).Aggregate(RestoreStep.None, static (sum, one) => sum + one);

    private static string Piece(DumpTable table, DumpChunk chunk) => string.Create(CultureInfo.InvariantCulture, $"rows {table.Table} {chunk.Number}");

    /// <summary>Begins.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        OidMask? mask = _work.Proof == LoadProof.Content && _work.Source.DataFormat == DumpDataFormat.Binary
            ? await Target.UseAsync((connection, token) => OidMask.ReadAsync(connection, _stage, _table.Columns, token), cancellationToken).ConfigureAwait(false)
            : null;
        _copy = new RowCopy(_work.Source, _table, _stage, mask, Target, _work.Meter);
        Next();
    }

    private string Step(string what) => $"{what} {_table.Table}";

    private void Next()
    {
        List<Func<CancellationToken, Task>> due = [];
        while (due.Count == 0 && _level < 5)
        {
            due = _level++ switch
            {
                0 => Rows(),
                1 => [MeasureAsync],
                2 => [.. Indexes(), .. Parts()],
                3 => [FinishAsync],
                _ => [SettleAsync],
            };
        }

        if (due.Count == 0)
            return;
        _open = due.Count;
        foreach (Func<CancellationToken, Task> one in due)
            _work.Queue.Add(_table.TotalBytes, token => RunAsync(one, token));
    }

    private async Task RunAsync(Func<CancellationToken, Task> one, CancellationToken cancellationToken)
    {
        await one(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (--_open > 0)
                return;
        }

        Next();
    }

    /// <summary>A table that was proved is complete, also where its source would cut it otherwise by now.</summary>
    private List<Func<CancellationToken, Task>> Rows() => Target.Done(Step("proved")) is not null ? [TakeAsync]
        : IsWhole ? [WholeAsync]
        : [.. _chunks.Select(chunk => (Func<CancellationToken, Task>)(token => ChunkAsync(chunk, token)))];

    private Task TakeAsync(CancellationToken cancellationToken)
    {
        foreach ((_, RestoreStep brought) in Target.RowSteps(_table.Table))
            _sent += brought;
        _work.Meter.Add(_table.Table, _sent.Rows, _sent.Bytes, _chunks.Sum(chunk => chunk.Bytes), before: true);
        return Task.CompletedTask;
    }

    private Task WholeAsync(CancellationToken cancellationToken) => SendAsync(
        Step("rows"), _chunks,
        async (connection, token) =>
        {
            await Placement.RunAsync(connection, [$"TRUNCATE ONLY {_stage.ToSql()}"], token).ConfigureAwait(false);
            RestoreStep all = RestoreStep.None;
            foreach (DumpChunk chunk in _chunks)
                all += await _copy!.SendAsync(connection, chunk, freeze: true, token).ConfigureAwait(false);
            return all;
        },
        cancellationToken);

    private Task ChunkAsync(DumpChunk chunk, CancellationToken cancellationToken) => SendAsync(
        Piece(_table, chunk), [chunk], (connection, token) => _copy!.SendAsync(connection, chunk, freeze: false, token), cancellationToken);

    private async Task SendAsync(
        string step, IReadOnlyList<DumpChunk> chunks, Func<NpgsqlConnection, CancellationToken, Task<RestoreStep>> send, CancellationToken cancellationToken)
    {
        bool before = Target.Done(step) is not null;
        RestoreStep one = await Target.StepAsync(step, send, cancellationToken).ConfigureAwait(false);
        if (before)
            _work.Meter.Add(_table.Table, one.Rows, one.Bytes, chunks.Sum(chunk => chunk.Bytes), before: true);
        lock (_gate)
            _sent += one;
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        if (ReadsBack)
            _pages = await _care.PagesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>VACUUM and ANALYZE, behind the indexes: they take one processor, and the rows that the indexes are built of are long in the cache.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (!IsWhole)
        {
            _work.Meter.Say(_table.Table, "vacuum");
            await _care.VacuumAsync(Step("vacuum"), cancellationToken).ConfigureAwait(false);
        }

        _work.Meter.Say(_table.Table, "statistics");
        await _care.AnalyzeAsync(Step("analyze"), cancellationToken).ConfigureAwait(false);
        _work.Meter.End(_table.Table, _sent);
    }

    private bool ReadsBack => _work.Proof == LoadProof.Content && _work.Source.DataFormat == DumpDataFormat.Binary && Target.Done(Step("proved")) is null;

    /// <summary>Indexes, also those that keys are made of: to build them keeps nobody from reading the table, as to make a key does.</summary>
    private IEnumerable<Func<CancellationToken, Task>> Indexes() =>
    [
        .. Split.Select(key => (Func<CancellationToken, Task>)(token => BuildAsync(key.Object, Named("index", key.Object), key.Sql.Index, token))),
        .. _indexes.Select(index => (Func<CancellationToken, Task>)(token => BuildAsync(index.Object, Named("object", index.Object), index.Sql, token))),
    ];

    private IEnumerable<(RestoreObject Object, KeySql Sql)> Split => _keys
        .Where(key => _table.TotalBytes > _work.Limits.SmallBytes || Target.Done(Named("index", key.Object)) is not null)
        .Select(key => (key.Object, Sql: KeySql.Of(key.Sql, _stage))).Where(key => key.Sql is not null).Select(key => (key.Object, key.Sql!));

    /// <summary>Reads the table back in parts, which any stream that has nothing else to do takes.</summary>
    private IEnumerable<Func<CancellationToken, Task>> Parts()
    {
        _read = RestoreStep.None;
        long size = _work.Limits.PartPages;
        for (long from = 0; _pages is long pages && (from < pages || from == 0); from += size)
        {
            string? part = pages <= size ? null : string.Create(CultureInfo.InvariantCulture,
                $"ctid >= '({from},0)'{(from + size >= pages ? "" : $" AND ctid < '({from + size},0)'")}");
            double share = pages <= size ? 1 : (double)Math.Min(size, pages - from) / pages;
            yield return async token =>
            {
                _work.Meter.Say(_table.Table, "proof");
                RestoreStep some = await Target.UseAsync((connection, cancel) => _copy!.ReadAsync(connection, part, cancel), token).ConfigureAwait(false);
                _work.Meter.Done(_table.Table, share * PassBytes);
                lock (_gate)
                    _read += some;
            };
        }
    }

    /// <summary>Compares, then makes the keys.</summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Target.Done(Step("proved")) is null)
        {
            await ProveAsync(cancellationToken).ConfigureAwait(false);
            await Target.StepAsync(Step("proved"), (_, _) => Task.FromResult(RestoreStep.None), cancellationToken).ConfigureAwait(false);
        }

        Dictionary<int, KeySql> split = Split.ToDictionary(key => key.Object.Number, key => key.Sql);
        foreach ((RestoreObject key, string sql) in _keys)
            await BuildAsync(key, Named("object", key), split.TryGetValue(key.Number, out KeySql? parts) ? parts.Key : sql, cancellationToken).ConfigureAwait(false);
    }

    private async Task ProveAsync(CancellationToken cancellationToken)
    {
        await Target.UseAsync(Target.CheckAsync, cancellationToken).ConfigureAwait(false);
        if (_pages is null)
        {
            long count = await Target.UseAsync(
                async (connection, token) =>
                {
                    using NpgsqlCommand command = new($"SELECT count(*) FROM ONLY {_stage.ToSql()}", connection) { CommandTimeout = 0 };
                    return (long)(await command.ExecuteScalarAsync(token).ConfigureAwait(false))!;
                },
                cancellationToken).ConfigureAwait(false);
            if (count != _sent.Rows)
                throw Unproved(string.Create(CultureInfo.InvariantCulture, $"{_sent.Rows:N0} rows were sent and {count:N0} are there"));
        }
        else if ((_read.Rows, _read.Sum) != (_sent.Rows, _sent.Sum))
        {
            throw Unproved(string.Create(CultureInfo.InvariantCulture,
                $"{_sent.Rows:N0} rows with content {_sent.Sum:x32} were sent, and {_read.Rows:N0} rows with content {_read.Sum:x32} read back"));
        }
    }

    private static string Named(string what, RestoreObject one) => string.Create(CultureInfo.InvariantCulture, $"{what} {one.Number}");

    private async Task BuildAsync(RestoreObject index, string step, string sql, CancellationToken cancellationToken)
    {
        bool before = Target.Done(step) is not null;
        _work.Meter.Say(_table.Table, $"{(index.Object.Kind == "INDEX" ? "index" : "key")} {index.Object.OwnName}");
        IndexResources? resources = before ? null : await _work.Indexes.ChooseAsync(
            _table, _stage, index.Object.OwnName, sql, Math.Clamp(_work.Queue.Open, 1, _work.Workers), cancellationToken).ConfigureAwait(false);
        await Target.StepAsync(
            step,
            async (connection, token) =>
            {
                await BuildSettings.ApplyAsync(connection, resources!, local: true, token).ConfigureAwait(false);
                await Placement.RunAsync(connection, [sql], token).ConfigureAwait(false);
                return RestoreStep.None;
            },
            cancellationToken).ConfigureAwait(false);
        // A key of an index that was built before takes a moment only; the index has counted.
        if (index.Object.Kind == "INDEX" || !sql.Contains(" USING INDEX ", StringComparison.Ordinal))
            _work.Meter.Done(_table.Table, PassBytes, before);
    }

    private LakebaseException Unproved(string reason) =>
        new LakebaseError(ErrorIds.RestoreNotVerified, LakebaseErrorKind.Verification, $"{_table.Table}: {reason}; nothing was replaced.")
        {
            Target = _table.Table.ToString(),
            Remedy = "Somebody else has written to what was being restored, or its storage is at fault: run the command again with -Restart.",
        }.ToException();
}
