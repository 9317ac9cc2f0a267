using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
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
            foreach (string extension in options.NoExtension ? [] : (string[])[CacheExtension.Prewarm, CacheExtension.BufferCache])
            {
                if (await CacheExtension.IsMissingButAvailableAsync(connection, extension, cancellationToken).ConfigureAwait(false))
                    steps.Add($"install the extension {extension} where that is permitted");
            }

            (IReadOnlyList<CacheRelation> relations, _) =
                await CacheRelation.ListAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
            long budget = await BudgetAsync(connection, cancellationToken).ConfigureAwait(false);
            foreach ((CacheRelation relation, long bytes) in Share(relations, budget))
                steps.Add($"warm {bytes:N0} of {relation.SizeBytes:N0} bytes of {relation.Name}");
        }

        return new OperationPlan(string.Join(", ", options.Table ?? []), "Bring indexes and rows into shared buffers") { Steps = steps };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            (IReadOnlyList<CacheRelation> relations, IReadOnlyList<TableName> missing) =
                await CacheRelation.ListAsync(connection, options.Table, cancellationToken).ConfigureAwait(false);
            foreach (TableName table in missing)
                sink.Fail(MissingTable.Error(table));
            CacheExtension prewarm = await PrewarmAsync(connection, sink, cancellationToken).ConfigureAwait(false);
            CacheExtension proof = await CacheExtension
                .FindAsync(connection, CacheExtension.BufferCache, !options.NoExtension, cancellationToken).ConfigureAwait(false);
            long budget = await BudgetAsync(connection, cancellationToken).ConfigureAwait(false);
            CacheResidency before = await CacheResidency
                .ReadAsync(connection, relations, proof, cancellationToken).ConfigureAwait(false);
            if (before.Bytes is null)
                sink.Warn($"What lies in the cache is {before.Evidence}.");
            Dictionary<uint, (string By, TimeSpan Duration)> warmed = [];
            try
            {
                long total = relations.Sum(relation => relation.SizeBytes);
                if (total > budget)
                    sink.Warn($"{total:N0} bytes are wanted and {budget:N0} fit: indexes come first, then as much of the rows as fits.");
                await WarmAsync(connection, prewarm, Share(relations, budget), warmed, sink, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                sink.Report(new OperationProgress(Activity, "") { IsCompleted = true });
            }

            CacheResidency after = await CacheResidency.ReadAsync(connection, relations, proof, cancellationToken).ConfigureAwait(false);
            foreach (CacheRelation relation in relations)
            {
                (string by, TimeSpan duration) = warmed.GetValueOrDefault(relation.Oid, ("", TimeSpan.Zero));
                await sink.EmitAsync(
                    after.State(relation, _session) with { CachedBytesBefore = before.Of(relation), WarmedBy = by, Duration = duration },
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }

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

    private static async Task WarmAsync(
        NpgsqlConnection connection, CacheExtension prewarm, IReadOnlyList<(CacheRelation Relation, long Bytes)> shares,
        Dictionary<uint, (string, TimeSpan)> warmed, IOperationSink sink, CancellationToken cancellationToken)
    {
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

            warmed[relation.Oid] = (by, Stopwatch.GetElapsedTime(started));
            done += bytes;

            void Report(long ofThis) => sink.Report(new OperationProgress(
                Activity, $"{relation.Name}, {(done + ofThis) >> 20:N0} of {total >> 20:N0} MB")
            {
                Percent = total == 0 ? 100 : Math.Min(100, 100.0 * (done + ofThis) / total),
            });
        }
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
