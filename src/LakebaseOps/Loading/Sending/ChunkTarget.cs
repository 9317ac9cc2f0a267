using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Where the rows of a chunk go. Here straight into the table; a load that merges sends them elsewhere first and moves them on
/// before the chunk's transaction is committed.
/// </summary>
internal class ChunkTarget(LoadPlan plan)
{
    /// <summary>Where the rows of a load go.</summary>
    public static ChunkTarget Of(LoadPlan plan) => plan.Merge is null ? new ChunkTarget(plan) : new Merging.MergeTarget(plan, plan.Merge);

    /// <summary>What the load is of.</summary>
    protected LoadPlan Plan { get; } = plan;

    /// <summary>The table that rows are sent to, quoted.</summary>
    public virtual string Table => Plan.Target.ToSql();

    /// <summary>The COPY, without its format.</summary>
    public string Copy => $"COPY {Table} ({Columns(Plan)}) FROM STDIN";

    /// <summary>Makes ready what a connection needs, once for each.</summary>
    public virtual Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Moves the rows on, after their COPY and in its transaction; answers the chunk as it is to be recorded.</summary>
    public virtual Task<LoadedChunk> MergeAsync(NpgsqlConnection connection, LoadedChunk chunk, CancellationToken cancellationToken) =>
        Task.FromResult(chunk);

    /// <summary>The columns of the input, quoted.</summary>
    protected static string Columns(LoadPlan plan) => string.Join(", ", plan.Source.Columns.Select(column => TableName.Quote(column.Name)));
}
