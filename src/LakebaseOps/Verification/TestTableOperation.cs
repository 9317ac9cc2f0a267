using System.Data;
using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using LakebaseOps.Verification.Content;
using Npgsql;

namespace LakebaseOps.Verification;

/// <summary>Test-LakebaseTable.</summary>
[Command("Test-LakebaseTable")]
public sealed class TestTableOperation(LakebaseSession session, TestTableOptions options) : Operation, ISourcedOperation
{
    private const string Activity = "Checking tables";
    private readonly PostgresSession _session = PostgresSession.Of(session);
    private int _failed;

    /// <inheritdoc />
    public string? SourceName => options.ReferenceSession;

    /// <inheritdoc />
    public LakebaseSession? Source { get; set; }

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Table ?? []), "Check the tables"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        if (options.Table is not { Count: > 0 })
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "No table was given.")
            { Remedy = "Give -Table; wildcards are allowed." }.ToException();
        }

        IReadOnlyList<TableName> tables;
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            tables = await TableSelection.ResolveAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
        using ContentCheck content = await ContentCheck.OpenAsync(_session, Reference(), options, tables.Count, cancellationToken).ConfigureAwait(false);
        int done = 0;
        using SemaphoreSlim order = new(1);
        sink.Report(new OperationProgress(Activity, $"0 of {tables.Count}") { Percent = 0 });
        try
        {
            ParallelOptions parallel = new()
            {
                MaxDegreeOfParallelism = Math.Max(1, options.ThrottleLimit),
                CancellationToken = cancellationToken,
            };
            await Parallel.ForEachAsync(tables, parallel, async (table, token) =>
            {
                await TestAsync(table, content, order, sink, token).ConfigureAwait(false);
                int count = Interlocked.Increment(ref done);
                sink.Report(new OperationProgress(Activity, $"{count} of {tables.Count}, last {table}")
                {
                    Percent = 100.0 * count / tables.Count,
                });
            }).ConfigureAwait(false);
            content.Complete();
        }
        finally
        {
            sink.Report(new OperationProgress(Activity, $"{done} of {tables.Count}") { IsCompleted = true });
        }

        if (options.Quiet)
            await sink.EmitAsync(_failed == 0, cancellationToken).ConfigureAwait(false);
    }

    private async Task TestAsync(TableName table, ContentCheck content, SemaphoreSlim order, IOperationSink sink, CancellationToken cancellationToken)
    {
        List<TableCheck> checks = [];
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await CheckAsync(connection, table, content, checks, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _failed, checks.Count(check => check.Status == CheckStatus.Failed));
        if (options.Quiet)
            return;
        // Tables are checked at the same time; the checks of one come out together all the same.
        await order.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (TableCheck check in checks)
                await sink.EmitAsync(check, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            order.Release();
        }
    }

    private async Task CheckAsync(
        NpgsqlConnection connection, TableName table, ContentCheck content, List<TableCheck> results, CancellationToken cancellationToken)
    {
        TableState? facts = await TableState.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
        if (facts is null || Wanted(TableCheckKind.Exists))
        {
            Add(TableCheckKind.Exists, Finding.Require(
                facts is not null, "the table", facts is null ? "no such table" : "there",
                "Check the spelling, the schema and the session's database; Get-LakebaseTable lists the tables."));
        }

        if (facts is null)
            return;
        TableChecks checks = new(connection, table, facts, options, content, Reference() ?? _session);
        // An index that the other checks read by looks used from then on.
        Dictionary<TableCheckKind, Finding> findings = [];
        foreach (TableCheckKind kind in Enum.GetValues<TableCheckKind>().Where(kind => kind != TableCheckKind.Exists && Wanted(kind))
            .OrderBy(kind => kind != TableCheckKind.UnusedIndex))
        {
            try
            {
                findings[kind] = await checks.RunAsync(kind, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is PostgresException or LakebaseException
                && connection.FullState == ConnectionState.Open && !cancellationToken.IsCancellationRequested)
            {
                // A check that the server refuses is no passed check; the others still say what they find, as long as there is a connection.
                LakebaseError error = ErrorTranslator.Translate(exception, table.ToString());
                findings[kind] = Finding.Require(false, "a check that runs", error.Message, error.Remedy ?? "");
            }
        }

        foreach ((TableCheckKind kind, Finding finding) in findings.OrderBy(one => one.Key))
            Add(kind, finding);

        void Add(TableCheckKind kind, Finding finding) => results.Add(new TableCheck
        {
            Table = table.ToString(),
            Check = kind.ToString(),
            Status = finding.Status,
            Expected = finding.Expected,
            Actual = finding.Actual,
            Remedy = finding.Remedy,
            Differences = finding.Differences,
            Session = _session.Name,
        });
    }

    private bool Wanted(TableCheckKind kind) => options.Check is { Count: > 0 } chosen
        ? chosen.Contains(kind)
        : kind != TableCheckKind.Content || options.Content || ContentCheck.HasReference(options);

    /// <summary>The session of -ReferenceSession; null when none was named. A name that nobody has looked up is never passed over.</summary>
    private PostgresSession? Reference() => (Source, SourceName) switch
    {
        (null, null) => null,
        (null, _) => throw new LakebaseError(ErrorIds.SessionNotFound, LakebaseErrorKind.NotFound, $"The reference session '{SourceName}' was not opened.")
        { Target = SourceName, Remedy = "Name a session that is open, or leave -ReferenceSession out for the table's own." }.ToException(),
        _ => PostgresSession.Of(Source!),
    };
}
