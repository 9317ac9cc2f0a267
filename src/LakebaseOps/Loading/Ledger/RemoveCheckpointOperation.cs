using LakebaseOps.Connections;
using LakebaseOps.Loading.Appending;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;

namespace LakebaseOps.Loading.Ledger;

/// <summary>
/// Forgets loads of tables: drops the stage table of an unfinished one and strikes all of a table's loads out of the ledger.
/// The tables themselves stay as they are.
/// </summary>
[Command("Remove-LakebaseCheckpoint", Writes = true)]
public sealed class RemoveCheckpointOperation(LakebaseSession session, CheckpointOptions options) : Operation
{
    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<LakebaseCheckpoint> found = await FindAsync(cancellationToken).ConfigureAwait(false);
        return new OperationPlan(
            string.Join(", ", found.Select(checkpoint => checkpoint.Table)),
            "Drop stage tables of unfinished loads and forget the loads")
        {
            Steps = [.. found.Select(checkpoint => checkpoint.StageTable is string stage && checkpoint.Mode == "Replace"
                ? $"{checkpoint.Table}: drop {stage} with {checkpoint.Rows:N0} rows"
                : $"{checkpoint.Table}: forget the load of {checkpoint.Rows:N0} rows")],
        };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        LoadConnections connections = new(PostgresSession.Of(session));
        await using (connections.ConfigureAwait(false))
        {
            foreach (LakebaseCheckpoint checkpoint in await FindAsync(cancellationToken).ConfigureAwait(false))
                await RemoveAsync(connections, checkpoint, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task RemoveAsync(
        LoadConnections connections, LakebaseCheckpoint checkpoint, IOperationSink sink, CancellationToken cancellationToken)
    {
        TableName table = TableName.Parse(checkpoint.Table);
        LoadLedger ledger = new(connections, table);
        await using (ledger.ConfigureAwait(false))
        {
            await ledger.LockAsync(cancellationToken).ConfigureAwait(false);
            while (await ledger.FindAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (!entry.IsLoaded)
                {
                    // A chunk that a dying process is just committing must not arrive after its stage has gone.
                    await ledger.TakeOverAsync(entry.LoadId, new ClaimWatch(connections, entry.LoadId, sink), cancellationToken).ConfigureAwait(false);
                    if (entry.Mode != BulkLoadMode.Replace && checkpoint.Rows > 0)
                        sink.Warn($"{table}: the {checkpoint.Rows:N0} rows that the unfinished load has added stay in the table.");
                    await ledger.RunAsync(
                        (connection, token) => StageTable.DropAsync(connection, table, entry, token), cancellationToken).ConfigureAwait(false);
                    int restored = await new DroppedIndexes(table, ledger, connections, sink).RestoreAsync(cancellationToken).ConfigureAwait(false);
                    if (restored > 0)
                        sink.Milestone($"{table}: {restored} indexes that the load had dropped are built again.");
                }

                await ledger.RemoveAsync(entry.LoadId, cancellationToken).ConfigureAwait(false);
            }
        }

        if (checkpoint.KeptTables.Count > 0)
            sink.Warn($"{table}: what loads have kept stays: {string.Join(", ", checkpoint.KeptTables)}. Drop it with Remove-LakebasePreviousTable, or put it back with Undo-LakebaseBulkLoad.");
        sink.Milestone($"{table}: checkpoint removed.");
    }

    private async Task<IReadOnlyList<LakebaseCheckpoint>> FindAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<LakebaseCheckpoint> found = await Checkpoints
            .ListAsync(PostgresSession.Of(session), options.Table, cancellationToken).ConfigureAwait(false);
        if (found.Count > 0)
            return found;
        string tables = options.Table is { Count: > 0 } names ? string.Join(", ", names) : "any table";
        throw new LakebaseError(ErrorIds.CheckpointNotFound, LakebaseErrorKind.NotFound, $"No load of {tables} is on record.")
        { Target = tables, Remedy = "Get-LakebaseCheckpoint lists what there is." }.ToException();
    }
}
