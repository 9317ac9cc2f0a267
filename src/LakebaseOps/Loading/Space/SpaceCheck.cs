using LakebaseOps.Connections;
using LakebaseOps.Loading.Ledger;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Space;

/// <summary>
/// Refuses, before anything is written, loads that cannot fit. The tables of a call are loaded one after the other: each needs
/// room beside its present table until the swap, and leaves room behind when that one is dropped.
/// </summary>
internal static class SpaceCheck
{
    /// <summary>The plans with what the server has left, checked unless that is to be skipped.</summary>
    /// <exception cref="LakebaseException">InsufficientSpace.</exception>
    public static async Task<IReadOnlyList<LoadPlan>> ApplyAsync(
        PostgresSession session, NpgsqlConnection connection, IReadOnlyList<LoadPlan> plans, IEnumerable<LedgerEntry> unfinished, bool skip,
        CancellationToken cancellationToken)
    {
        ServerSpace space = await ServerSpace.ReadAsync(session, connection, cancellationToken).ConfigureAwait(false);
        Dictionary<TableName, long> staged = [];
        foreach (LedgerEntry entry in unfinished)
        {
            if (plans.FirstOrDefault(plan => plan.Stage.Name == entry.StageName) is not { } plan)
                continue;
            using NpgsqlCommand size = new("SELECT coalesce(pg_total_relation_size($1), 0)", connection)
            {
                Parameters = { new() { Value = entry.StageOid ?? 0, NpgsqlDbType = NpgsqlDbType.Oid } },
            };
            staged[plan.Table] = (long)(await size.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }

        if (!skip)
            Check(plans, staged, space);
        return [.. plans.Select(plan => plan with { Space = space })];
    }

    /// <summary>Checks the plans in their order.</summary>
    /// <param name="plans">The plans with what they will occupy.</param>
    /// <param name="staged">Bytes of the stage tables of unfinished loads, which are there already.</param>
    /// <param name="space">What is left.</param>
    /// <exception cref="LakebaseException">InsufficientSpace.</exception>
    public static void Check(IReadOnlyList<LoadPlan> plans, IReadOnlyDictionary<TableName, long> staged, ServerSpace space)
    {
        if (space.FreeBytes is not long free)
            return;
        foreach (LoadPlan plan in plans)
        {
            if (plan.PlannedBytes is not long planned)
                continue;
            long more = Math.Max(0, planned - staged.GetValueOrDefault(plan.Table));
            if (more > free)
            {
                string beside = plan is { Mode: BulkLoadMode.Replace, LiveOid: not null } ? " beside the present table, which stays until the swap" : "";
                throw new LakebaseError(ErrorIds.InsufficientSpace, LakebaseErrorKind.Limit,
                    $"{plan.Table} needs about {Megabytes(more)} more{beside}, and {Megabytes(free)} are left {space.Basis}.")
                {
                    Target = plan.Table.ToString(),
                    Remedy = "Make room or load less; -SkipSpaceCheck loads all the same, if the estimate is wrong.",
                }.ToException();
            }

            free -= more;
            if (plan is { Mode: BulkLoadMode.Replace, KeepPrevious: false, LiveOid: not null })
                free += plan.Shape.HeapBytes + plan.Shape.IndexBytes;
        }
    }

    /// <summary>The estimate and what is left, for the plan.</summary>
    public static string Describe(long? planned, ServerSpace space) =>
        $"{(planned is long bytes ? $"about {Megabytes(bytes)}" : "shows only while reading")}; left: "
        + (space.FreeBytes is long free ? $"{Megabytes(free)} {space.Basis}" : space.Basis);

    private static string Megabytes(long bytes) => $"{Math.Max(1, bytes / 1_000_000):N0} MB";
}
