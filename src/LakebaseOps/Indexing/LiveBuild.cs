using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>
/// Builds on a table that stays in use. CONCURRENTLY cannot run in a transaction, so every step is recorded or named so
/// that the next run can tell what the last one left.
/// </summary>
internal sealed class LiveBuild(
    PostgresSession session, NpgsqlConnection connection, TableName table, IndexDefinition wanted, string name,
    IndexJudgement judgement, BuildLock guard, IOperationSink sink)
{
    // A long transaction of somebody else can hold the drop up; a person who pressed Ctrl+C waits no longer than this.
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(15);

    private readonly NotNullCheck _check = new(table, name);
    // Read now: it is wanted when the connection is gone.
    private readonly int _processId = connection.ProcessID;

    private bool _checked;

    private uint Oid => judgement.Table;

    /// <summary>Builds, replaces, rebuilds or attaches; on failure nothing invalid stays.</summary>
    public async Task RunAsync(IndexResources resources, CancellationToken cancellationToken)
    {
        HashSet<uint> before = [.. (await ExistingIndex.ListAsync(connection, Oid, cancellationToken).ConfigureAwait(false))
            .Select(index => index.Oid)];
        bool recorded = await IndexLedger.EnsureAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!recorded)
            sink.Trace("The role may not write lakebase_ops.index_build: a leftover of a killed build would have to be dropped by hand.");
        try
        {
            await BuildSettings.ApplyAsync(connection, resources, local: false, cancellationToken).ConfigureAwait(false);
            if (judgement.Need == IndexNeed.Replace)
                await ExecuteAsync(IndexStatement.Drop(table, name, concurrently: true), cancellationToken).ConfigureAwait(false);
            if (judgement.Need == IndexNeed.Reindex)
            {
                // A killed one leaves a twin under another name; the record shows whose it is.
                if (recorded)
                    await IndexLedger.BeginAsync(connection, Oid, table, name, judgement.Shape.Clause, cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(IndexStatement.Reindex(table, name, concurrently: true), cancellationToken)
                    .ConfigureAwait(false);
                if (recorded)
                    await FinishAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            bool nullable = await PrepareNotNullAsync(cancellationToken).ConfigureAwait(false);
            if (judgement.Need != IndexNeed.Attach)
            {
                if (recorded)
                    await IndexLedger.BeginAsync(connection, Oid, table, name, judgement.Shape.Clause, cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(IndexStatement.Create(table, wanted, name, concurrently: true), cancellationToken)
                    .ConfigureAwait(false);
            }

            if (IndexStatement.Attach(table, wanted, name) is string attach)
                await AttachAsync(attach, nullable, cancellationToken).ConfigureAwait(false);
            if (recorded)
                await FinishAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await CleanUpAsync(before).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await BuildSettings.RestoreAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Proves the key columns free of NULL without blocking writers: a check constraint validated under a weak lock, which
    /// later spares ADD PRIMARY KEY its scan under the strongest one. False when they are NOT NULL already.
    /// </summary>
    private async Task<bool> PrepareNotNullAsync(CancellationToken cancellationToken)
    {
        if (!wanted.IsPrimary)
            return false;
        using NpgsqlCommand nullable = new(
            "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = @table AND quote_ident(attname) = ANY (@keys) AND NOT attnotnull)",
            connection);
        nullable.Parameters.AddWithValue("table", NpgsqlDbType.Oid, Oid);
        nullable.Parameters.AddWithValue("keys", judgement.Shape.Keys.ToArray());
        if (!(bool)(await nullable.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
            return false;
        await BrieflyAsync(_check.Add(judgement.Shape.Keys), cancellationToken).ConfigureAwait(false);
        _checked = true;
        await ExecuteAsync(_check.Validate, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task AttachAsync(string attach, bool nullable, CancellationToken cancellationToken)
    {
        if (!nullable)
        {
            await BrieflyAsync(attach, cancellationToken).ConfigureAwait(false);
            return;
        }

        string columns = string.Join(", ", judgement.Shape.Keys.Select(key => $"ALTER COLUMN {key} SET NOT NULL"));
        await BrieflyAsync($"ALTER TABLE {table.ToSql()} {columns}; {attach}; {_check.Drop}", cancellationToken).ConfigureAwait(false);
        _checked = false;
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ExistingIndex> indexes =
            await ExistingIndex.ListAsync(connection, Oid, cancellationToken).ConfigureAwait(false);
        if (indexes.FirstOrDefault(index => index.Name == name) is ExistingIndex built)
            await IndexLedger.FinishAsync(connection, Oid, built, cancellationToken).ConfigureAwait(false);
    }

    private Task BrieflyAsync(string statements, CancellationToken cancellationToken) =>
        BriefLock.RunAsync(connection, table, statements, sink, cancellationToken);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CleanUpAsync(HashSet<uint> before)
    {
        try
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
            {
                await DropLeftoversAsync(connection, before).ConfigureAwait(false);
                return;
            }

            using CancellationTokenSource limit = new(CleanUpLimit);
            NpgsqlConnection other = await session.OpenAsync(limit.Token).ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
            {
                // The connection may be gone while its backend still builds. Whoever holds the lock now cleans up himself.
                using NpgsqlCommand end = new(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = @pid AND usename = current_user "
                    + "AND datname = current_database() AND state = 'active' AND query ~ 'INDEX'", other);
                end.Parameters.AddWithValue("pid", _processId);
                await end.ExecuteNonQueryAsync(limit.Token).ConfigureAwait(false);
                if (!await guard.TryTakeAsync(other, limit.Token).ConfigureAwait(false))
                    return;
                try
                {
                    await DropLeftoversAsync(other, before).ConfigureAwait(false);
                }
                finally
                {
                    await guard.ReleaseAsync(other).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or InvalidOperationException)
        {
            sink.Warn($"The unfinished index {TableName.Quote(name)} on {table} could not be removed now ({exception.Message}); "
                + "the next Build-LakebaseIndex of it does so.");
        }
    }

    private async Task DropLeftoversAsync(NpgsqlConnection on, HashSet<uint> before)
    {
        using CancellationTokenSource limit = new(CleanUpLimit);
        if (_checked)
            await RunAsync(_check.Drop).ConfigureAwait(false);
        string twin = IndexName.Cut(name, TableName.MaxBytes - "_ccnew9".Length);
        foreach (ExistingIndex index in await ExistingIndex.ListAsync(on, Oid, limit.Token).ConfigureAwait(false))
        {
            bool ours = index.Name == name || (index.IsTwin && index.Name.StartsWith(twin, StringComparison.Ordinal));
            if (ours && !index.IsValid && !before.Contains(index.Oid))
                await RunAsync(IndexStatement.Drop(table, index.Name, concurrently: true)).ConfigureAwait(false);
        }

        async Task RunAsync(string sql)
        {
            using NpgsqlCommand command = new(sql, on);
            await command.ExecuteNonQueryAsync(limit.Token).ConfigureAwait(false);
        }
    }
}
