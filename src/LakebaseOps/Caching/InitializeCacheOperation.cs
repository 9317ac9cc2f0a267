using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Caching;

/// <summary>Initialize-LakebaseCache.</summary>
[Command("Initialize-LakebaseCache", Writes = true)]
public sealed class InitializeCacheOperation(LakebaseSession session, InitializeCacheOptions options) : Operation
{
    private const string Activity = "Warming the cache";
    private readonly PostgresSession _session = PostgresSession.Of(session);

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        List<string> steps = [];
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            RequestWarming? requests = await RequestWarming.ReadAsync(_session, connection, options, cancellationToken).ConfigureAwait(false);
            string[] wanted = requests is null ? [CacheExtension.Prewarm, CacheExtension.BufferCache] : [CacheExtension.BufferCache];
            foreach (string extension in options.NoExtension ? [] : wanted)
            {
                if (await CacheExtension.IsMissingButAvailableAsync(connection, extension, cancellationToken).ConfigureAwait(false))
                    steps.Add($"install the extension {extension} where that is permitted");
            }

            steps.AddRange(requests?.Steps ?? []);
            if (requests is null)
            {
                IReadOnlyList<string> tables = await TablesAsync(connection, cancellationToken).ConfigureAwait(false);
                (IReadOnlyList<CacheRelation> relations, _) = await CacheRelation.ListAsync(connection, tables, cancellationToken).ConfigureAwait(false);
                long budget = await BudgetAsync(connection, cancellationToken).ConfigureAwait(false);
                foreach ((CacheRelation relation, long bytes) in Share(relations, budget))
                    steps.Add($"warm {bytes:N0} of {relation.SizeBytes:N0} bytes of {relation.Name}");
            }
        }

        string target = options.Table.Count > 0 ? string.Join(", ", options.Table) : $"workload {options.Workload}";
        return new OperationPlan(target, "Bring indexes and rows into shared buffers") { Steps = steps };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            RequestWarming? requests = await RequestWarming.ReadAsync(_session, connection, options, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> tables = requests?.Tables ?? await TablesAsync(connection, cancellationToken).ConfigureAwait(false);
            (IReadOnlyList<CacheRelation> relations, IReadOnlyList<TableName> missing) =
                await CacheRelation.ListAsync(connection, tables, cancellationToken).ConfigureAwait(false);
            foreach (TableName table in missing)
                sink.Fail(MissingTable.Error(table));
            CacheExtension proof = await CacheExtension
                .FindAsync(connection, CacheExtension.BufferCache, !options.NoExtension, cancellationToken).ConfigureAwait(false);
            CacheResidency before = await CacheResidency
                .ReadAsync(connection, relations, proof, cancellationToken).ConfigureAwait(false);
            if (before.Bytes is null)
                sink.Warn($"What lies in the cache is {before.Evidence}.");
            IReadOnlyDictionary<uint, WarmedRelation> warmed;
            try
            {
                warmed = requests is null
                    ? await WarmAsync(connection, relations, sink, cancellationToken).ConfigureAwait(false)
                    : await requests.RunAsync(relations, Activity, sink, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                sink.Report(new OperationProgress(Activity, "") { IsCompleted = true });
            }

            CacheResidency after = await CacheResidency.ReadAsync(connection, relations, proof, cancellationToken).ConfigureAwait(false);
            foreach (CacheRelation relation in relations)
            {
                WarmedRelation how = warmed.GetValueOrDefault(relation.Oid) ?? new WarmedRelation("", TimeSpan.Zero);
                CacheState state = after.State(relation, _session);
                await sink.EmitAsync(state with
                {
                    CachedBytesBefore = before.Of(relation),
                    Evidence = state.Evidence + how.Evidence,
                    WarmedBy = how.By,
                    Duration = how.Duration,
                    BlocksRead = how.BlocksRead,
                    BlocksReadAgain = how.BlocksReadAgain,
                }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<string>> TablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        options.Workload is null ? options.Table
            : [.. (await FeatureSelection.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false)).Tables.Select(table => table.Definition.Name.ToString())];

    /// <summary>Deals the budget out in order; what gets nothing is left out.</summary>
    internal static IReadOnlyList<(CacheRelation Relation, long Bytes)> Share(IReadOnlyList<CacheRelation> relations, long budget)
    {
        List<(CacheRelation, long)> shares = [];
        foreach (CacheRelation relation in relations)
        {
            long bytes = Math.Min(relation.SizeBytes, budget);
            budget -= bytes;
            if (bytes > 0)
                shares.Add((relation, bytes));
        }

        return shares;
    }

    private async Task<IReadOnlyDictionary<uint, WarmedRelation>> WarmAsync(
        NpgsqlConnection connection, IReadOnlyList<CacheRelation> relations, IOperationSink sink, CancellationToken cancellationToken)
    {
        CacheExtension prewarm = await PrewarmAsync(connection, sink, cancellationToken).ConfigureAwait(false);
        long budget = await BudgetAsync(connection, cancellationToken).ConfigureAwait(false);
        long wanted = relations.Sum(relation => relation.SizeBytes);
        if (wanted > budget)
            sink.Warn($"{wanted:N0} bytes are wanted and {budget:N0} fit: indexes come first, then as much of the rows as fits.");
        IReadOnlyList<(CacheRelation Relation, long Bytes)> shares = Share(relations, budget);
        Dictionary<uint, WarmedRelation> warmed = [];
        long total = shares.Sum(share => share.Bytes);
        long done = 0;
        foreach ((CacheRelation relation, long bytes) in shares)
        {
            long started = Stopwatch.GetTimestamp();
            string by;
            Report(0);
            if (prewarm.Schema is not null)
            {
                await CacheWarmer.PrewarmAsync(connection, prewarm, relation, bytes, Report, cancellationToken).ConfigureAwait(false);
                by = CacheExtension.Prewarm;
            }
            else
            {
                by = await ReadAsync(connection, relation, bytes, shares, sink, cancellationToken).ConfigureAwait(false);
            }

            warmed[relation.Oid] = new WarmedRelation(by, Stopwatch.GetElapsedTime(started));
            done += bytes;

            void Report(long ofThis) => sink.Report(new OperationProgress(
                Activity, $"{relation.Name}, {(done + ofThis) >> 20:N0} of {total >> 20:N0} MB")
            {
                Percent = total == 0 ? 100 : Math.Min(100, 100.0 * (done + ofThis) / total),
            });
        }

        return warmed;
    }

    private static async Task<string> ReadAsync(
        NpgsqlConnection connection, CacheRelation relation, long bytes, IReadOnlyList<(CacheRelation Relation, long Bytes)> shares,
        IOperationSink sink, CancellationToken cancellationToken)
    {
        // The rows are read in the order of an index that was read just before.
        CacheRelation? index = relation.IsIndex ? relation
            : shares.Select(share => share.Relation).FirstOrDefault(other => other.Table == relation.Table && other.IsIndex && other.Keys.Length > 0);
        if (index is null || index.Keys.Length == 0)
        {
            sink.Warn($"{relation.Name} cannot be warmed without pg_prewarm: there is no plain btree index to read it by.");
            return "";
        }

        double share = relation.SizeBytes == 0 ? 1 : (double)bytes / relation.SizeBytes;
        await CacheWarmer.ReadAsync(connection, index, rows: !relation.IsIndex, share, cancellationToken).ConfigureAwait(false);
        return "index-ordered read";
    }

    private async Task<CacheExtension> PrewarmAsync(NpgsqlConnection connection, IOperationSink sink, CancellationToken cancellationToken)
    {
        if (options.Method == CacheMethod.Read)
            return new CacheExtension(CacheExtension.Prewarm, null, "reads were asked for");
        CacheExtension prewarm = await CacheExtension
            .FindAsync(connection, CacheExtension.Prewarm, !options.NoExtension, cancellationToken).ConfigureAwait(false);
        if (prewarm.Schema is null && options.Method == CacheMethod.Prewarm)
        {
            throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"{prewarm.Reason}.")
            { Target = prewarm.Name, Remedy = "Have it installed with CREATE EXTENSION, or use -Method Read." }.ToException();
        }

        if (prewarm.Schema is null)
            sink.Trace($"{prewarm.Reason}: the tables are read in the order of their indexes instead.");
        return prewarm;
    }

    private async Task<long> BudgetAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (options.BudgetBytes is long given)
            return given;
        using NpgsqlCommand command = new("SELECT pg_size_bytes(current_setting('shared_buffers'))", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
