using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Verification;

/// <summary>Test-LakebaseTable.</summary>
[Command("Test-LakebaseTable")]
public sealed class TestTableOperation(LakebaseSession session, TestTableOptions options) : Operation
{
    private const string Activity = "Checking tables";
    private readonly PostgresSession _session = PostgresSession.Of(session);
    private int _failed;

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
        int done = 0;
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
                await TestAsync(table, sink, token).ConfigureAwait(false);
                int count = Interlocked.Increment(ref done);
                sink.Report(new OperationProgress(Activity, $"{count} of {tables.Count}, last {table}")
                {
                    Percent = 100.0 * count / tables.Count,
                });
            }).ConfigureAwait(false);
        }
        finally
        {
            sink.Report(new OperationProgress(Activity, $"{done} of {tables.Count}") { IsCompleted = true });
        }

        if (options.Quiet)
            await sink.EmitAsync(_failed == 0, cancellationToken).ConfigureAwait(false);
    }

    private async Task TestAsync(TableName table, IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            TableState? facts = await TableState.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
            if (facts is null || Wanted(TableCheckKind.Exists))
            {
                await EmitAsync(TableCheckKind.Exists, Finding.Require(
                    facts is not null, "the table", facts is null ? "no such table" : "there",
                    "Check the spelling, the schema and the session's database; Get-LakebaseTable lists the tables.")).ConfigureAwait(false);
            }

            if (facts is null)
                return;
            TableChecks checks = new(connection, table, facts, options);
            foreach (TableCheckKind kind in Enum.GetValues<TableCheckKind>().Where(kind => kind != TableCheckKind.Exists && Wanted(kind)))
            {
                Finding finding;
                try
                {
                    finding = await checks.RunAsync(kind, cancellationToken).ConfigureAwait(false);
                }
                catch (PostgresException exception) when (!cancellationToken.IsCancellationRequested)
                {
                    // A check that the server refuses is no passed check; the others still say what they find.
                    LakebaseError error = ErrorTranslator.Translate(exception, table.ToString());
                    finding = Finding.Require(false, "a check that runs", error.Message, error.Remedy ?? "");
                }

                await EmitAsync(kind, finding).ConfigureAwait(false);
            }
        }

        async ValueTask EmitAsync(TableCheckKind kind, Finding finding)
        {
            if (finding.Status == CheckStatus.Failed)
                Interlocked.Increment(ref _failed);
            if (options.Quiet)
                return;
            await sink.EmitAsync(
                new TableCheck
                {
                    Table = table.ToString(),
                    Check = kind.ToString(),
                    Status = finding.Status,
                    Expected = finding.Expected,
                    Actual = finding.Actual,
                    Remedy = finding.Remedy,
                    Session = _session.Name,
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private bool Wanted(TableCheckKind kind) => options.Check is { Count: > 0 } chosen
        ? chosen.Contains(kind)
        : kind != TableCheckKind.Content || options.Content || options.ReferenceTable is not null;
}
