using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing.Comparing;

/// <summary>
/// Indexes that are built to be timed and dropped again, under names of their own. The ledger has them before they exist, so that what
/// a killed run leaves is known to the next one; a lock for each table keeps two runs apart.
/// </summary>
internal sealed class ThrowawayIndexes : IAsyncDisposable
{
    private const string Prefix = "lakebase_compare";

    // A long transaction of somebody else can hold a drop up; a person who pressed Ctrl+C waits no longer than this.
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(15);

    private readonly PostgresSession _session;
    private readonly NpgsqlConnection _holder;
    private readonly IOperationSink _sink;
    private readonly bool _concurrently;
    private readonly List<ComparedTable> _tables = [];
    private bool _recorded;

    private ThrowawayIndexes(PostgresSession session, NpgsqlConnection holder, bool concurrently, IOperationSink sink) =>
        (_session, _holder, _concurrently, _sink) = (session, holder, concurrently, sink);

    /// <summary>The tables with the indexes to build.</summary>
    public IReadOnlyList<TableDefinition> Definitions => [.. _tables.Select(table => table.Definition)];

    /// <summary>Takes the tables and drops what a killed run left on them.</summary>
    /// <exception cref="LakebaseException">ResourceBusy, ObjectNotFound, InvalidArgument and what the server says of a wrong definition.</exception>
    public static async Task<ThrowawayIndexes> TakeAsync(
        PostgresSession session, BuildIndexOptions options, IOperationSink sink, CancellationToken cancellationToken)
    {
        NpgsqlConnection holder = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        ThrowawayIndexes indexes = new(session, holder, !options.Offline, sink);
        try
        {
            foreach ((TableName table, TableDefinition? definition)
                in await WantedTables.ListAsync(holder, options, cancellationToken).ConfigureAwait(false))
            {
                IReadOnlyList<WantedIndex> wanted =
                    await WantedIndex.ListAsync(holder, table, definition, options, cancellationToken).ConfigureAwait(false);
                await indexes.AddAsync(table, wanted, cancellationToken).ConfigureAwait(false);
            }

            if (indexes._tables.Count == 0)
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                    "There is nothing to build: the tables have no index, and none was asked for.")
                { Remedy = "Give -Columns, or -Definition with the tables' DDL." }.ToException();
            }

            indexes._recorded = await IndexLedger.EnsureAsync(holder, cancellationToken).ConfigureAwait(false);
            if (!indexes._recorded)
                sink.Warn("The role may not write lakebase_ops.index_build: what a killed run leaves would have to be dropped by hand.");
            return indexes;
        }
        catch
        {
            await indexes.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Puts them on record; call it before each build.</summary>
    public async Task RecordAsync(CancellationToken cancellationToken)
    {
        if (!_recorded)
            return;
        foreach (ComparedTable table in _tables)
        {
            foreach ((string name, string clause) in table.Clauses)
                await IndexLedger.BeginAsync(_holder, table.Oid, table.Name, name, clause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Drops those that exist. Every other index is left alone.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        // The builds' own connections may have broken, and this one's with them.
        NpgsqlConnection connection = await _session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (ComparedTable table in _tables)
            {
                foreach (ExistingIndex index in await ExistingIndex.ListAsync(connection, table.Oid, cancellationToken).ConfigureAwait(false))
                {
                    if (table.Clauses.ContainsKey(index.Name) && !table.Before.Any(before => before.Oid == index.Oid))
                        await DropAsync(connection, table.Name, index.Name, cancellationToken).ConfigureAwait(false);
                }

                foreach (string name in _recorded ? table.Clauses.Keys : [])
                    await IndexLedger.ForgetAsync(connection, table.Oid, name, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads the catalog again: every table has exactly the indexes it had.</summary>
    /// <exception cref="LakebaseException">IndexNotVerified.</exception>
    public async Task ProveAsync(CancellationToken cancellationToken)
    {
        foreach (ComparedTable table in _tables)
        {
            string before = State(table.Before);
            string after = State(await ExistingIndex.ListAsync(_holder, table.Oid, cancellationToken).ConfigureAwait(false));
            if (before != after)
            {
                throw new LakebaseError(ErrorIds.IndexNotVerified, LakebaseErrorKind.Verification,
                    $"The indexes of {table.Name} are not those that it had before: now {after}, then {before}.")
                { Target = table.Name.ToString(), Remedy = "Look for somebody else who changes the table, then run it again." }.ToException();
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource limit = new(CleanUpLimit);
        try
        {
            if (_tables.Count > 0)
                await DropAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or InvalidOperationException)
        {
            _sink.Warn($"Indexes {Prefix}_* on {string.Join(", ", _tables.Select(table => table.Name))} could not be dropped now "
                + $"({exception.Message}); the next Compare-LakebaseIndexStrategy of these tables does so.");
        }

        foreach (ComparedTable table in _tables)
            await table.Guard.ReleaseAsync(_holder).ConfigureAwait(false);
        await _holder.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AddAsync(TableName table, IReadOnlyList<WantedIndex> all, CancellationToken cancellationToken)
    {
        uint oid = await ExistingIndex.TableOidAsync(_holder, table, cancellationToken).ConfigureAwait(false);
        BuildLock guard = new(table, Prefix);
        if (!await guard.TryTakeAsync(_holder, cancellationToken).ConfigureAwait(false))
        {
            throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, $"Another comparison is building indexes on {table}.")
            { Target = table.ToString(), Remedy = "Wait until it is done, then run it again." }.ToException();
        }

        // Indexes share their schema's names.
        string prefix = $"{Prefix}_{oid}_";
        HashSet<string> left = [];
        foreach (ExistingIndex index in await ExistingIndex.ListAsync(_holder, oid, cancellationToken).ConfigureAwait(false))
        {
            if (!index.Name.StartsWith(prefix, StringComparison.Ordinal)
                || !await IndexLedger.IsOursAsync(_holder, oid, index, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            await DropAsync(_holder, table, index.Name, cancellationToken).ConfigureAwait(false);
            await IndexLedger.ForgetAsync(_holder, oid, index.Name, cancellationToken).ConfigureAwait(false);
            left.Add(index.Name);
            _sink.Milestone($"{table}: dropped {index.Name}, which a comparison that was killed had left");
        }

        // A constraint needs nothing but its index to be timed, and would change the table.
        IndexDefinition[] indexes = [.. all.Where(wanted => !left.Contains(wanted.Name)).Select((wanted, at) => wanted.Definition with
        {
            Name = $"{prefix}{at + 1}", IsUnique = IndexStatement.IsUnique(wanted.Definition), IsPrimary = false, Constraint = null,
        })];
        Dictionary<string, string> clauses = [];
        foreach (IndexDefinition index in indexes)
            clauses.Add(index.Name, (await IndexShape.ReadAsync(_holder, table, index, cancellationToken).ConfigureAwait(false)).Clause);
        if (indexes.Length == 0)
        {
            await guard.ReleaseAsync(_holder).ConfigureAwait(false);
            return;
        }

        _tables.Add(new ComparedTable(table, oid, guard, new TableDefinition { Name = table, Indexes = indexes }, clauses,
            await ExistingIndex.ListAsync(_holder, oid, cancellationToken).ConfigureAwait(false)));
    }

    private async Task DropAsync(NpgsqlConnection connection, TableName table, string name, CancellationToken cancellationToken)
    {
        using NpgsqlCommand drop = new(IndexStatement.Drop(table, name, _concurrently), connection);
        await drop.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string State(IReadOnlyList<ExistingIndex> indexes) => indexes.Count == 0 ? "none" : string.Join(", ", indexes.Select(index =>
        $"{TableName.Quote(index.Name)} ({index.Oid}{(index.IsValid ? "" : ", invalid")}{(index.Constraint is null ? "" : $", constraint {index.Constraint}")})"));

    private sealed record ComparedTable(
        TableName Name, uint Oid, BuildLock Guard, TableDefinition Definition, IReadOnlyDictionary<string, string> Clauses,
        IReadOnlyList<ExistingIndex> Before);
}
