using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Indexing;
using LakebaseOps.Indexing.Planning;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// Workers and memory of the indexes of a restore, as the planner of Build-LakebaseIndex gives them: from a sample of the rows that have
/// come where that pays. How many are built at once, and that the largest tables come first, is the queue's.
/// </summary>
/// <param name="target">Where they are built.</param>
/// <param name="smallBytes">Up to this size of a table nothing is planned.</param>
/// <param name="sink">Hears of the choices.</param>
internal sealed class IndexPlan(RestoreTarget target, long smallBytes, IOperationSink sink)
{
    /// <summary>Chooses for one index, or a constraint that has one.</summary>
    /// <param name="table">The table.</param>
    /// <param name="stage">Where it lies until it is complete.</param>
    /// <param name="name">Name of the index.</param>
    /// <param name="sql">The statement on the stage.</param>
    /// <param name="builds">What is done at the same time, this included.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IndexResources> ChooseAsync(
        DumpTable table, TableName stage, string name, string sql, int builds, CancellationToken cancellationToken)
    {
        IndexResources chosen = IndexResources.Choose(table.TotalBytes, serverWorkers: 0, new IndexBuildSettings { Concurrency = builds });
        if (table.TotalBytes > smallBytes && On(sql, stage) is int at)
        {
            string Twin(string twin) => $"{sql[..at]}{twin}{sql[(at + stage.ToSql().Length)..]}";
            chosen = await target.UseAsync(
                async (connection, token) =>
                {
                    try
                    {
                        IndexShape shape = await IndexShape.ReadAsync(connection, stage, Twin, token).ConfigureAwait(false);
                        IndexChoice choice = await SinglePlan.ChooseAsync(target.Session, connection, stage, name, shape, concurrently: false, builds, token).ConfigureAwait(false);
                        if (choice.Refusal is LakebaseError refusal)
                            sink.Warn(refusal.Message);
                        return new IndexResources(choice.Workers, choice.MemoryBytes, choice.Reason) { AnySize = choice.Workers > 0 };
                    }
                    catch (PostgresException refused) when (!Transient.Is(refused) && !token.IsCancellationRequested)
                    {
                        return chosen with { Reason = $"{chosen.Reason}, for it could not be planned ({refused.MessageText})" };
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        sink.Trace($"Plan: {table.Table}: {TableName.Quote(name)}: {chosen.Reason}");
        return chosen;
    }

    /// <summary>Where a statement names its table; null where it only makes a constraint of an index, which takes a moment.</summary>
    private static int? On(string sql, TableName stage)
    {
        if (sql.Contains(" USING INDEX ", StringComparison.Ordinal))
            return null;
        string before = sql.StartsWith("ALTER TABLE ONLY ", StringComparison.Ordinal) ? "ALTER TABLE ONLY " : sql.StartsWith("ALTER TABLE ", StringComparison.Ordinal) ? "ALTER TABLE " : " ON ";
        int at = sql.IndexOf($"{before}{stage.ToSql()}", StringComparison.Ordinal);
        return at < 0 ? null : at + before.Length;
    }
}
