using LakebaseOps.Loading.Appending;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>Decides what a call finds: nothing, a load to go on with, a finished one, or one that does not match.</summary>
internal sealed class LoadResume(LoadPlan plan, LoadLedger ledger, IOperationSink sink)
{
    private readonly string _table = plan.Table.ToString();

    /// <summary>The load to do, or the finished one that is the same.</summary>
    /// <exception cref="LakebaseException">LoadChanged, LoadNotResumable, LoadNotPossible.</exception>
    public async Task<(LedgerEntry Entry, bool IsLoaded)> EnterAsync(
        Guid runId, string options, bool restart, CancellationToken cancellationToken)
    {
        LedgerEntry? entry = await ledger.FindAsync(cancellationToken).ConfigureAwait(false);
        if (entry is { IsLoaded: false })
        {
            await ledger.TakeOverAsync(entry.LoadId, new ClaimWatch(ledger.Connections, entry.LoadId, sink), cancellationToken).ConfigureAwait(false);
            // A dying owner may just have finished it.
            entry = await ledger.ReadAsync(cancellationToken).ConfigureAwait(false);
        }

        switch (entry)
        {
            case { IsLoaded: false } when restart || entry.Source == "Objects":
                await RestartAsync(entry, restart, cancellationToken).ConfigureAwait(false);
                break;
            case { IsLoaded: false }:
                Compare(entry);
                if (entry.Phase > LoadPhase.Stage && entry.Mode == BulkLoadMode.Replace
                    && !await ledger.RunAsync((connection, token) => StageTable.ExistsAsync(connection, entry, token), cancellationToken).ConfigureAwait(false))
                    throw Gone($"The stage table '{entry.StageName}' of the unfinished load of {_table} is gone.");
                if (entry.Mode != BulkLoadMode.Replace && entry.TableOid != plan.LiveOid)
                    throw Gone($"{_table} is not the table that the unfinished load has added rows to: that was dropped or replaced.");
                sink.Milestone($"{_table}: going on with the load of {entry.StartedAt:yyyy-MM-dd HH:mm:ss} UTC in phase {entry.Phase}.");
                return (entry, false);
            case { IsLoaded: true } when !restart && plan.Source.IsRepeatable && Differences(entry).Count == 0
                && await AgreesAsync(entry, cancellationToken).ConfigureAwait(false):
                await ledger.TakeOverAsync(entry.LoadId, new ClaimWatch(ledger.Connections, entry.LoadId, sink), cancellationToken).ConfigureAwait(false);
                return (entry, true);
        }

        await ledger.BeginAsync(plan, runId, options, cancellationToken).ConfigureAwait(false);
        return ((await ledger.ReadAsync(cancellationToken).ConfigureAwait(false))!, false);
    }

    /// <summary>True when a load on record is of the same input, layout and columns as this one.</summary>
    public bool IsSame(LedgerEntry entry) => Differences(entry).Count == 0;

    /// <summary>Drops what a load that cannot be resumed has left: its stage and its entry.</summary>
    public async Task ForgetAsync()
    {
        try
        {
            LedgerEntry? entry = await ledger.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (entry is not { IsLoaded: false, Mode: BulkLoadMode.Replace }
                || !await ledger.IsOursAsync(CancellationToken.None).ConfigureAwait(false))
                return;
            await DropAsync(entry, CancellationToken.None).ConfigureAwait(false);
            sink.Warn($"{_table}: objects from the pipeline pass by only once, so this load cannot be resumed; its stage table was dropped. Run it again from its beginning.");
        }
        catch (Exception exception) when (exception is NpgsqlException or LakebaseException)
        {
            sink.Warn($"{_table}: the stage table of the failed load could not be dropped; the next load or Remove-LakebaseCheckpoint does it.");
        }
    }

    private async Task RestartAsync(LedgerEntry entry, bool asked, CancellationToken cancellationToken)
    {
        // Rows that were merged would be the same again.
        if (entry.Mode != BulkLoadMode.Replace && entry.TableOid == plan.LiveOid && !entry.Fingerprint.ContainsKey("conflict"))
        {
            IReadOnlyList<LoadedChunk> chunks = await ledger.ChunksAsync(cancellationToken).ConfigureAwait(false);
            if (chunks.Count > 0)
            {
                throw new LakebaseError(ErrorIds.LoadNotPossible, LakebaseErrorKind.InvalidState,
                    $"An interrupted load has already added {chunks.Sum(chunk => chunk.Rows):N0} rows to {_table}; from the beginning they would be doubled.")
                {
                    Target = _table,
                    Remedy = "Resume it with the same input, or delete those rows yourself and call Remove-LakebaseCheckpoint.",
                }.ToException();
            }
        }

        await DropAsync(entry, cancellationToken).ConfigureAwait(false);
        if (!asked)
            sink.Warn($"{_table}: an interrupted load of pipeline objects cannot be resumed; its stage table was dropped.");
    }

    private async Task DropAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        await ledger.RunAsync((connection, token) => StageTable.DropAsync(connection, plan.Table, entry, token), cancellationToken).ConfigureAwait(false);
        await new DroppedIndexes(plan.Table, ledger, ledger.Connections, sink).RestoreAsync(cancellationToken).ConfigureAwait(false);
        await ledger.RemoveAsync(entry.LoadId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when the finished load's table is still there with exactly its rows.</summary>
    private Task<bool> AgreesAsync(LedgerEntry entry, CancellationToken cancellationToken) => ledger.RunAsync(
        async (connection, token) =>
        {
            using NpgsqlCommand find = new("SELECT to_regclass($1)::oid", connection) { Parameters = { new() { Value = plan.Table.ToSql() } } };
            if (await find.ExecuteScalarAsync(token).ConfigureAwait(false) is not uint oid || oid != entry.TableOid)
                return false;
            // Rows that were added cannot be told from those that were there.
            if (entry.Mode != BulkLoadMode.Replace)
                return true;
            using NpgsqlCommand count = new($"SELECT count(*) FROM {plan.Table.ToSql()}", connection);
            return (long)(await count.ExecuteScalarAsync(token).ConfigureAwait(false))! == entry.Rows;
        },
        cancellationToken);

    private List<string> Differences(LedgerEntry entry)
    {
        IReadOnlyDictionary<string, string> now = plan.Fingerprint;
        return [.. now.Keys.Union(entry.Fingerprint.Keys).Where(key => now.GetValueOrDefault(key) != entry.Fingerprint.GetValueOrDefault(key))];
    }

    private void Compare(LedgerEntry entry)
    {
        List<string> differences = Differences(entry);
        if (differences.Count == 0)
            return;
        IEnumerable<string> details = differences.Take(3).Select(key =>
            $"{key} was '{Short(entry.Fingerprint.GetValueOrDefault(key))}' and is '{Short(plan.Fingerprint.GetValueOrDefault(key))}'");
        throw new LakebaseError(ErrorIds.LoadChanged, LakebaseErrorKind.InvalidState,
            $"An unfinished load of {_table} began with something else: {string.Join("; ", details)}.")
        {
            Target = _table,
            Remedy = "Give it the same input to go on, or begin anew with -Restart.",
        }.ToException();
    }

    private LakebaseException Gone(string what) =>
        new LakebaseError(ErrorIds.LoadNotResumable, LakebaseErrorKind.InvalidState, what)
        { Target = _table, Remedy = "Begin anew with -Restart." }.ToException();

    private static string Short(string? text) => text is null ? "nothing" : text.Length <= 80 ? text : text[..77] + "...";
}
