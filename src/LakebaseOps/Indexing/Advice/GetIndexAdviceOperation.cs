using LakebaseOps.Connections;
using LakebaseOps.Indexing.Planning;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Indexing.Advice;

/// <summary>Get-LakebaseIndexAdvice.</summary>
[Command("Get-LakebaseIndexAdvice")]
public sealed class GetIndexAdviceOperation(LakebaseSession session, IndexAdviceOptions options) : Operation
{
    private const string Activity = "Looking at indexes";
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Table ?? []), "Give advice on the indexes"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        if (options.Table is not { Count: > 0 })
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "No table was given.")
            { Remedy = "Give -Table; wildcards are allowed." }.ToException();
        }

        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            IReadOnlyList<TableName> tables = await TableSelection.ResolveAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
            int done = 0;
            try
            {
                foreach (TableName table in tables)
                {
                    sink.Report(new OperationProgress(Activity, table.ToString()) { Percent = 100.0 * done++ / tables.Count });
                    await AdviseAsync(connection, table, sink, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                sink.Report(new OperationProgress(Activity, $"{done} of {tables.Count}") { IsCompleted = true });
            }
        }
    }

    private async Task AdviseAsync(NpgsqlConnection connection, TableName name, IOperationSink sink, CancellationToken cancellationToken)
    {
        AdvisedTable table;
        try
        {
            table = await AdvisedTable.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false);
        }
        catch (LakebaseException missing)
        {
            sink.Fail(missing.Error);
            return;
        }

        IndexAdvice[] certain = [.. CatalogAdvice.Duplicates(table)];
        string[] dropped = [.. certain.Select(advice => advice.Index)];
        certain = [.. certain, .. CatalogAdvice.Unused(table, options).Where(advice => !dropped.Contains(advice.Index))];
        foreach (IndexAdvice advice in certain)
            await sink.EmitAsync(advice with { Session = _session.Name }, cancellationToken).ConfigureAwait(false);
        if (options.SampleRows == 0)
            return;
        try
        {
            // What is to be dropped needs no better shape.
            AdvisedTable kept = table with { Indexes = [.. table.Indexes.Where(index => !certain.Any(advice => advice.Index == index.Name))] };
            IndexSample sample = await IndexSample.TakeAsync(connection, name, table.Rows, options.SampleRows, ordinary: false, cancellationToken).ConfigureAwait(false);
            await using (sample.ConfigureAwait(false))
            {
                foreach (IndexAdvice advice in await new SampleAdvice(kept, sample, options).ListAsync(cancellationToken).ConfigureAwait(false))
                    await sink.EmitAsync(advice with { Session = _session.Name }, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
        {
            sink.Warn($"{name}: no sample could be built ({refused.MessageText}); advice on keys needs a role that may read the table and a server that takes temporary tables.");
        }
    }
}
