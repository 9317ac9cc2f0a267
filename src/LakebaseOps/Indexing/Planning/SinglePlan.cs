using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>The plan of one index, for those whose work decides by itself when it is due: restores, copies and loads.</summary>
internal static class SinglePlan
{
    /// <summary>Tables up to this size have nothing to plan: one process is what every plan would give them.</summary>
    public const long SmallBytes = 16L << 20;

    /// <summary>Plans an index that is missing.</summary>
    /// <param name="session">Where.</param>
    /// <param name="connection">Reads the table.</param>
    /// <param name="table">The table, with its rows.</param>
    /// <param name="name">Name of the index.</param>
    /// <param name="shape">What it is.</param>
    /// <param name="concurrently">True beside others' writes.</param>
    /// <param name="sharing">What runs at the same time, this included.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IndexChoice> ChooseAsync(
        PostgresSession session, NpgsqlConnection connection, TableName table, string name, IndexShape shape, bool concurrently, int sharing,
        CancellationToken cancellationToken)
    {
        PlannedIndex index = await PlannedIndex.ReadAsync(connection, table, name, shape, cancellationToken).ConfigureAwait(false);
        BuildIndexOptions options = new() { Strategy = IndexBuildStrategy.Planned, Offline = !concurrently, ThrottleLimit = 1 };
        BuildPlan plan = await new BuildPlanner(session, options, sink: null) { Sharing = sharing }.PlanAsync([index], cancellationToken).ConfigureAwait(false);
        return plan.For(table, name)!;
    }
}
