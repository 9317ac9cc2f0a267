using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;
using LakebaseOps.Loading.Staging;
using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>The one transaction that puts what was restored in its place, and what becomes of what was there.</summary>
/// <param name="request">What is wanted.</param>
/// <param name="target">Where.</param>
/// <param name="placement">Where it lies.</param>
/// <param name="steps">What it consists of.</param>
/// <param name="sink">Hears of it.</param>
internal sealed class RestoreSwap(RestoreRequest request, RestoreTarget target, Placement placement, RestoreSteps steps, IOperationSink sink)
{
    /// <summary>Swaps and reads back that the names mean what was restored; answers what was replaced, under its present name.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<DumpTable> tables = request.Definition.Tables;
        string[] stages = [.. tables.Select(table => placement.Stage(table.Table).ToSql())];
        string[] finals = [.. tables.Select(table => placement.Final(table.Table).ToSql())];
        (IReadOnlyList<string> previous, uint[] made) = await Patience.RunAsync(
            new TableName(target.Session.Database, "*"),
            sink,
            () => target.TransactAsync(
                async (connection, token) =>
                {
                    await Patience.BeginTurnAsync(connection, token).ConfigureAwait(false);
                    await target.CheckAsync(connection, token).ConfigureAwait(false);
                    if (!request.Options.InPlace)
                        await RestoreChecks.PlaceAsync(connection, placement, inPlace: false, target.Session.Database, token).ConfigureAwait(false);
                    // Somebody may have made something there meanwhile.
                    await RestoreLoss.CheckAsync(connection, request, steps.Schemas.Select(request.Final), target.Session.Database, token).ConfigureAwait(false);
                    uint[] oids = await OidsAsync(connection, stages, token).ConfigureAwait(false);
                    await MakeSharedAsync(connection, token).ConfigureAwait(false);
                    IReadOnlyList<string> replaced = await placement.SwapAsync(connection, token).ConfigureAwait(false);
                    await LateObjects.MakeAsync(connection, request, steps, placement, target.Id, token).ConfigureAwait(false);
                    if (!await RestoreLedger.AdvanceAsync(connection, target.Id, "Loading", "Swapped", token).ConfigureAwait(false))
                        throw RestoreChecks.Not("Somebody else has put this restore in its place", target.Session.Database, "Look at what is there before anything else.");
                    return (replaced, oids);
                },
                waits: true, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        uint[] there = await target.UseAsync((connection, token) => OidsAsync(connection, finals, token), cancellationToken).ConfigureAwait(false);
        if (!there.SequenceEqual(made))
        {
            throw new LakebaseError(ErrorIds.RestoreNotVerified, LakebaseErrorKind.Verification, "After the swap, tables of those names are not those that were restored.")
            { Target = target.Session.Database, Remedy = "Look for somebody else who creates or renames tables there." }.ToException();
        }

        return previous;
    }

    /// <summary>True for what lies in no schema and acts at once: it is made in the transaction of the swap, in the place of one of its name.</summary>
    public static bool IsShared(DumpObject one) =>
        one.Kind == "EVENT TRIGGER" || (one.Kind == "COMMENT" && one.Name.StartsWith("EVENT TRIGGER ", StringComparison.Ordinal));

    /// <summary>Drops what was replaced unless it is to be kept, is empty or somebody has put it to use; answers what is left.</summary>
    public async Task<IReadOnlyList<string>> RemoveAsync(IReadOnlyList<string> previous, CancellationToken cancellationToken)
    {
        if (previous.Count == 0)
            return [];
        try
        {
            (IReadOnlyList<string> kept, IReadOnlyList<string> uses) = await Patience.RunAsync(
                new TableName(previous[0], "*"), sink,
                () => target.TransactAsync(
                    async (connection, token) =>
                    {
                        await Patience.BeginTurnAsync(connection, token).ConfigureAwait(false);
                        List<string> drop = [];
                        foreach (string one in previous)
                        {
                            if (!request.Options.KeepPrevious || await IsEmptyAsync(connection, one, token).ConfigureAwait(false))
                                drop.Add(one);
                        }

                        IReadOnlyList<string> strangers = await placement.StrangersAsync(connection, drop, token).ConfigureAwait(false);
                        if (drop.Count > 0)
                        {
                            await Placement.RunAsync(connection, placement.DropSql(drop), token).ConfigureAwait(false);
                            await LateAsync(drop, token).ConfigureAwait(false);
                        }

                        return ((IReadOnlyList<string>)[.. previous.Except(drop)], strangers);
                    },
                    waits: false, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            if (uses.Count > 0)
                sink.Warn($"What was replaced is kept as {string.Join(", ", kept)}, as others need it: {string.Join("; ", uses)}.");
            return kept;
        }
        catch (LakebaseException late) when (late.Error.Id == ErrorIds.RestoreNotPossible)
        {
            sink.Warn($"{late.Error.Message} What was replaced is kept as {string.Join(", ", previous)}.");
            return previous;
        }
        catch (LakebaseException busy) when (busy.Error.Id == ErrorIds.ResourceBusy)
        {
            sink.Warn($"What was replaced is still in use and is kept as {string.Join(", ", previous)}; drop it when it is not needed any more.");
            return previous;
        }
    }

    /// <summary>
    /// Who was making something in a schema when it was replaced could not be seen then. The drop waits for him, as he holds the schema, and takes
    /// what he made with it: another connection still sees that, as this one has not committed, and nothing more can come.
    /// </summary>
    /// <exception cref="LakebaseException">RestoreNotPossible, which takes the drop back.</exception>
    private async Task LateAsync(List<string> dropped, CancellationToken cancellationToken)
    {
        // What chosen tables left their schema for is known to nobody else.
        if (request.IsSelective)
            return;
        IReadOnlyList<string> late = await target.UseAsync(
            (connection, token) => RestoreLoss.ListAsync(connection, request, dropped.Select(one => (one, placement.Successor(one))), token), cancellationToken)
            .ConfigureAwait(false);
        if (late.Count > 0)
            throw RestoreChecks.Not($"Somebody has made something in what was being replaced: {RestoreLoss.Text(late)}", target.Session.Database, "Move it to where it belongs.");
    }

    private async Task MakeSharedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        RestoreObject[] shared = [.. steps.After.Where(one => IsShared(one.Object))];
        if (shared.Length == 0)
            return;
        IReadOnlyList<string> leave = await placement.EnterAsync(connection, first: false, cancellationToken).ConfigureAwait(false);
        foreach (RestoreObject one in shared)
        {
            if (one.Object.Kind == "EVENT TRIGGER")
                await Placement.RunAsync(connection, [$"DROP EVENT TRIGGER IF EXISTS {TableName.Quote(one.Object.Name)}"], cancellationToken).ConfigureAwait(false);
            await Restore.MakeAsync(connection, one, cancellationToken).ConfigureAwait(false);
        }

        await Placement.RunAsync(connection, leave, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> IsEmptyAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
        (await Placement.ListAsync(
            connection,
            "SELECT nspname FROM pg_namespace n WHERE nspname = $1 AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid) "
            + "AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid) AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = n.oid)",
            cancellationToken, schema).ConfigureAwait(false)).Count == 1;

    private static async Task<uint[]> OidsAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT coalesce(array_agg(coalesce(to_regclass(name)::oid, 0) ORDER BY place), '{}') FROM unnest($1) WITH ORDINALITY AS wanted (name, place)", connection)
        {
            Parameters = { new() { Value = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } },
        };
        return (uint[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
