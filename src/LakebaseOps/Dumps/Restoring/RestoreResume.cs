using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>Decides about restores that were begun and not ended: one of the same goes on, another is given up or refused.</summary>
/// <param name="request">What is wanted now.</param>
/// <param name="target">Where.</param>
/// <param name="steps">What it consists of.</param>
/// <param name="sink">Hears what is given up.</param>
internal sealed class RestoreResume(RestoreRequest request, RestoreTarget target, RestoreSteps steps, IOperationSink sink)
{
    /// <summary>Goes on with an unfinished copy whose snapshot is gone.</summary>
    public bool AllowInconsistent { get; init; }

    /// <summary>The restore to go on with; null when a new one is to begin.</summary>
    /// <param name="schemas">Schemas that are to be replaced or filled.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LakebaseException">RestoreUnfinished.</exception>
    public async Task<RestoreEntry?> FindAsync(IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        IReadOnlyList<RestoreEntry> all = await target.UseAsync(RestoreLedger.UnfinishedAsync, cancellationToken).ConfigureAwait(false);
        foreach (RestoreEntry entry in all.Where(entry => entry.Schemas.Intersect(schemas).Any()))
        {
            bool isSame = entry.Key == request.Key && await IsThereAsync(entry, cancellationToken).ConfigureAwait(false);
            if (entry.IsSwapped)
            {
                // All but the removal of what was replaced was done.
                if (isSame && entry.Source == request.Source.Id && !request.Options.Restart)
                    return entry;
                await ConcludeAsync(entry, isSame, cancellationToken).ConfigureAwait(false);
                await target.TransactAsync((connection, token) => RestoreLedger.AdvanceAsync(connection, entry.Id, "Swapped", "Restored", token), waits: false, cancellationToken)
                    .ConfigureAwait(false);
                continue;
            }

            if (isSame && !request.Options.Restart && (entry.Source == request.Source.Id || (AllowInconsistent && entry.Label == request.Source.Origin.Label)))
                return entry;
            bool isAgain = request.IsLive && entry.Label == request.Source.Origin.Label;
            if (!isAgain && !request.Options.Restart)
                throw Unfinished(entry, "Run that one again to complete it, or give -Restart to give it up.");
            if (entry.Stages.Length == 0 && await IsThereAsync(entry, cancellationToken).ConfigureAwait(false))
            {
                throw Unfinished(entry, "It was made in place, so what it has made cannot be told from what others have: drop it, delete its line from "
                    + "lakebase_ops.restore_run, or go on with a copy by -AllowInconsistent.");
            }

            sink.Warn(isAgain
                ? $"The copy of {entry.Label} that was broken off cannot go on, as its snapshot is gone: it is given up, and everything is copied anew."
                : $"The restore of {entry.Label} that was not completed is given up.");
            await target.TransactAsync(
                async (connection, token) =>
                {
                    await Placement.RunAsync(connection, entry.Stages.Select(stage => $"DROP SCHEMA IF EXISTS {TableName.Quote(stage)} CASCADE"), token).ConfigureAwait(false);
                    await RestoreLedger.RemoveAsync(connection, entry.Id, token).ConfigureAwait(false);
                    return true;
                },
                waits: false, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Lets a copy go on in another snapshot: tables that were not complete begin anew.</summary>
    public async Task AdoptAsync(Placement placement, CancellationToken cancellationToken)
    {
        DumpTable[] open = [.. request.Definition.Tables.Where(table => target.Done($"proved {table.Table}") is null)];
        sink.Warn($"{request.Definition.Tables.Count - open.Length} tables were copied by an earlier call and stay as they were then; "
            + $"{open.Length} are copied as they are now. The copy is of no single moment of its source.");
        await target.TransactAsync(
            async (connection, token) =>
            {
                if (open.Length > 0)
                    await Placement.RunAsync(connection, [$"TRUNCATE ONLY {string.Join(", ONLY ", open.Select(table => placement.Stage(table.Table).ToSql()))}"], token).ConfigureAwait(false);
                string[] steps = [.. open.SelectMany(table => target.RowSteps(table.Table).Select(step => step.Key)
                    .Concat([$"vacuum {table.Table}", $"analyze {table.Table}"]))];
                await RestoreLedger.UndoneAsync(connection, target.Id, steps, token).ConfigureAwait(false);
                await RestoreLedger.AdoptAsync(connection, target.Id, request.Source.Id, token).ConfigureAwait(false);
                return true;
            },
            waits: false, cancellationToken).ConfigureAwait(false);
        await target.JoinAsync(target.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes what a restore replaced that another one follows now.</summary>
    private async Task ConcludeAsync(RestoreEntry entry, bool isSame, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> previous = await target.UseAsync(
            (connection, token) => SchemaNames.LiveAsync(connection, [.. entry.Schemas.Select(schema => Placement.Name(schema, "old", entry.Id))], token), cancellationToken)
            .ConfigureAwait(false);
        if (isSame)
            await new RestoreSwap(request, target, Placements.Choose(request, entry.Id, steps), steps, sink).RemoveAsync(previous, cancellationToken).ConfigureAwait(false);
        else if (previous.Count > 0)
            sink.Warn($"What the restore of {entry.Label} replaced is still there as {string.Join(", ", previous)}; drop it when it is not needed any more.");
    }

    /// <summary>True when what a restore has made is still there.</summary>
    private Task<bool> IsThereAsync(RestoreEntry entry, CancellationToken cancellationToken) => target.UseAsync(
        async (connection, token) => entry.IsSwapped || (entry.Stages.Length == 0
            ? (await Placement.ListAsync(
                connection, "SELECT name FROM unnest($1) AS wanted (name) WHERE to_regclass(name) IS NULL", token,
                (object)request.Definition.Tables.Select(table => table.Table.ToSql()).ToArray()).ConfigureAwait(false)).Count == 0
            : (await Placement.ListAsync(
                connection, "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", token, (object)entry.Stages).ConfigureAwait(false)).Count == entry.Stages.Length),
        cancellationToken);

    private static LakebaseException Unfinished(RestoreEntry entry, string remedy) =>
        new LakebaseError(ErrorIds.RestoreUnfinished, LakebaseErrorKind.InvalidState,
            $"A restore of {entry.Label} to {string.Join(", ", entry.Schemas)} was begun and not completed.")
        { Target = string.Join(", ", entry.Schemas), Remedy = remedy }.ToException();
}
