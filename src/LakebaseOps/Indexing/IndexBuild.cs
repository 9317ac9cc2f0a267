using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>One run of <see cref="IndexBuilder"/>: judges what is there, then does the least that is needed.</summary>
internal sealed class IndexBuild(
    PostgresSession session, NpgsqlConnection connection, TableName table, IndexDefinition wanted, string name,
    IndexBuildSettings settings, IOperationSink sink)
{
    private const int Attempts = 3;

    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private uint _table;
    private IndexShape _shape = null!;

    /// <summary>What has to be done about one index.</summary>
    private enum Need
    {
        Nothing,
        Build,
        Replace,
        Reindex,
        Attach,
    }

    public async Task<IndexBuildResult> RunAsync(CancellationToken cancellationToken)
    {
        _table = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
        BuildLock guard = new(_table, name);
        // The lock lives as long as the connection, so whoever holds it is really building.
        if (!await guard.TryTakeAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy,
                $"The index {TableName.Quote(name)} on {table} is being built by another session.")
            { Target = table.ToString(), Remedy = "Wait until it is done, then run it again." }.ToException();
        }

        try
        {
            _shape = await IndexShape.ReadAsync(connection, table, wanted, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ExistingIndex> before =
                await ExistingIndex.ListAsync(connection, _table, cancellationToken).ConfigureAwait(false);
            (Need need, ExistingIndex? index) = await JudgeAsync(before, cancellationToken).ConfigureAwait(false);
            if (need == Need.Nothing)
                return Result(index!, "AlreadyValid", resources: null);
            IndexResources resources =
                await IndexResources.ChooseAsync(connection, _table, settings, cancellationToken).ConfigureAwait(false);
            sink.Trace($"{table}: index {TableName.Quote(name)} {_shape.Clause}: {resources.Reason}.");
            await DoAsync(need, resources, guard, cancellationToken).ConfigureAwait(false);
            return await VerifyAsync(resources, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await guard.ReleaseAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task<(Need Need, ExistingIndex? Index)> JudgeAsync(
        IReadOnlyList<ExistingIndex> existing, CancellationToken cancellationToken)
    {
        if (existing.FirstOrDefault(index => index.Name == name) is not ExistingIndex named)
        {
            ExistingIndex? equal = existing.FirstOrDefault(index => index.IsValid && _shape.Matches(index) && IsAttached(index)
                && (settings.AcceptOtherName || wanted.IsPrimary));
            if (equal is null && wanted.IsPrimary && existing.FirstOrDefault(index => index.IsPrimary) is ExistingIndex other)
                throw Conflict($"{table} has another primary key: {TableName.Quote(other.Name)} {other.Clause}.");
            return equal is null ? (Need.Build, null) : (Need.Nothing, equal);
        }

        if (named.IsValid)
        {
            if (!_shape.Matches(named))
                throw Conflict($"{table} has an index {TableName.Quote(name)} of another shape: {named.Clause}.");
            return (IsAttached(named) ? Need.Nothing : Need.Attach, named);
        }

        if (named.IsBeingBuilt)
        {
            throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy,
                $"The index {TableName.Quote(name)} on {table} is being built by somebody else.")
            { Target = table.ToString(), Remedy = "Wait until it is done, then run it again." }.ToException();
        }

        if (!settings.Force && !await IndexLedger.IsOursAsync(connection, _table, named, cancellationToken).ConfigureAwait(false))
            throw Conflict($"{table} has an invalid index {TableName.Quote(name)} that no record shows to be ours.");
        // An index that backs a constraint cannot be dropped without it; it is rebuilt in place.
        return (named.Constraint is null ? Need.Replace : Need.Reindex, named);
    }

    private bool IsAttached(ExistingIndex index) => wanted.IsPrimary
        ? index.IsPrimary
        : !IndexStatement.IsConstraint(wanted) || index.Constraint is not null;

    private async Task DoAsync(Need need, IndexResources resources, BuildLock guard, CancellationToken cancellationToken)
    {
        string activity = $"Building index {name} on {table}";
        IndexProgress progress = IndexProgress.Watch(session, connection.ProcessID, activity, settings, sink);
        await using (progress.ConfigureAwait(false))
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    if (settings.Concurrently)
                    {
                        LiveBuild live = new(session, connection, table, _table, wanted, _shape, name, guard, sink);
                        await live.RunAsync(
                            need == Need.Replace, need == Need.Reindex, need == Need.Attach, resources, cancellationToken)
                            .ConfigureAwait(false);
                    }
                    else
                    {
                        await BuildPlainlyAsync(need, resources, cancellationToken).ConfigureAwait(false);
                    }

                    return;
                }
                catch (PostgresException exception)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (exception.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < Attempts)
                    {
                        need = need == Need.Replace ? Need.Build : need;
                        continue;
                    }

                    throw (await ExplainAsync(exception, cancellationToken).ConfigureAwait(false)).ToException();
                }
            }
        }
    }

    private async Task BuildPlainlyAsync(Need need, IndexResources resources, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await BuildSettings.ApplyAsync(connection, resources, local: true, cancellationToken).ConfigureAwait(false);
            List<string> statements = [];
            if (need == Need.Replace)
                statements.Add(IndexStatement.Drop(table, name, concurrently: false));
            if (need == Need.Reindex)
                statements.Add($"REINDEX INDEX {new TableName(table.Schema, name).ToSql()}");
            if (need is Need.Build or Need.Replace)
                statements.Add(IndexStatement.Create(table, wanted, name, concurrently: false));
            if (need != Need.Reindex && IndexStatement.Attach(table, wanted, name) is string attach)
                statements.Add(attach);
            foreach (string statement in statements)
            {
                using NpgsqlCommand command = new(statement, connection, transaction);
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LakebaseError> ExplainAsync(PostgresException exception, CancellationToken cancellationToken)
    {
        bool keys = exception.SqlState == PostgresErrorCodes.UniqueViolation && exception.ConstraintName == name;
        if (keys && connection.FullState == System.Data.ConnectionState.Open)
        {
            return await KeyFault.DuplicatesAsync(connection, table, wanted, _shape, name, exception, cancellationToken)
                .ConfigureAwait(false);
        }

        return exception.SqlState is PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation
            ? KeyFault.Nulls(table, _shape, exception)
            : ErrorTranslator.Translate(exception, table.ToString());
    }

    private async Task<IndexBuildResult> VerifyAsync(IndexResources resources, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExistingIndex> after =
            await ExistingIndex.ListAsync(connection, _table, cancellationToken).ConfigureAwait(false);
        ExistingIndex? built = after.FirstOrDefault(index => index.Name == name);
        if (built is not { IsValid: true } || !_shape.Matches(built) || !IsAttached(built))
        {
            throw new LakebaseError(ErrorIds.IndexNotVerified, LakebaseErrorKind.Verification,
                $"The index {TableName.Quote(name)} on {table} was built, but what the catalog shows is "
                + (built is null ? "no such index." : built.IsValid ? $"another one: {built.Clause}." : "an invalid index."))
            { Target = table.ToString(), Remedy = "Look for somebody else who changes the table, then run it again." }.ToException();
        }

        return Result(built, "Built", resources);
    }

    private IndexBuildResult Result(ExistingIndex index, string status, IndexResources? resources) => new()
    {
        Table = table.ToString(),
        Index = index.Name,
        Status = status,
        SizeBytes = index.SizeBytes,
        StartedAt = _startedAt,
        Duration = DateTimeOffset.UtcNow - _startedAt,
        Workers = resources?.Workers ?? 0,
        MemoryBytes = resources?.MemoryBytes ?? 0,
        Concurrently = settings.Concurrently && resources is not null,
        Session = session.Name,
    };

    private LakebaseException Conflict(string message) =>
        new LakebaseError(ErrorIds.IndexConflict, LakebaseErrorKind.Exists, message)
        {
            Target = table.ToString(),
            Remedy = "Give the wanted index another name, or remove the existing one; -Force rebuilds an invalid one.",
        }.ToException();
}

/// <summary>Keeps two sessions from building the same index; held by a connection, gone with it.</summary>
/// <param name="Table">Object id of the table.</param>
/// <param name="Index">Name of the index.</param>
internal sealed record BuildLock(uint Table, string Index)
{
    /// <summary>Takes it, or returns false at once: waiting would hold a snapshot that concurrent builds wait for.</summary>
    public async Task<bool> TryTakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = Command("pg_try_advisory_lock", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Gives it back, unless the connection is gone and the lock with it.</summary>
    public async Task ReleaseAsync(NpgsqlConnection connection)
    {
        if (connection.FullState != System.Data.ConnectionState.Open)
            return;
        using NpgsqlCommand command = Command("pg_advisory_unlock", connection);
        await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string function, NpgsqlConnection connection)
    {
        NpgsqlCommand command = new($"SELECT {function}(hashtextextended('lakebase_ops.index_build/' || @index, @table))", connection);
        command.Parameters.AddWithValue("index", Index);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Bigint, (long)Table);
        return command;
    }
}
