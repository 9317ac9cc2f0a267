using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Verification.Content;
using Npgsql;

namespace LakebaseOps.Verification;

/// <summary>Makes the checks of one table; what several of them need is read once.</summary>
internal sealed class TableChecks(
    NpgsqlConnection connection, TableName table, TableState facts, TestTableOptions options, ContentCheck content, PostgresSession reference)
{
    private long? _rows;
    private LedgerRows? _ledger;
    private IReadOnlyList<ExistingIndex>? _indexes;

    private IReadOnlyList<string> Key => options.KeyColumn is { Count: > 0 } given ? given : facts.KeyColumns;

    /// <summary>Makes one check.</summary>
    public async Task<Finding> RunAsync(TableCheckKind kind, CancellationToken cancellationToken) => kind switch
    {
        TableCheckKind.RowCount => RowChecks.RowCount(
            await RowsAsync(cancellationToken).ConfigureAwait(false), await LedgerAsync(cancellationToken).ConfigureAwait(false), options),
        TableCheckKind.EstimatedRows => RowChecks.EstimatedRows(
            await RowsAsync(cancellationToken).ConfigureAwait(false), facts, options),
        TableCheckKind.PrimaryKey => IndexChecks.PrimaryKey(await IndexesAsync(cancellationToken).ConfigureAwait(false), options),
        TableCheckKind.DuplicateKey => await KeyChecks.DuplicateAsync(
            connection, table, Key, await IndexesAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
        TableCheckKind.NullKey => await KeyChecks.NullAsync(connection, table, Key, cancellationToken).ConfigureAwait(false),
        TableCheckKind.InvalidIndex => IndexChecks.InvalidIndex(await IndexesAsync(cancellationToken).ConfigureAwait(false)),
        TableCheckKind.LeftoverStage => RowChecks.LeftoverStage(await LedgerAsync(cancellationToken).ConfigureAwait(false)),
        TableCheckKind.VisibilityMap => CatalogChecks.VisibilityMap(facts, options),
        TableCheckKind.LastAnalyze => CatalogChecks.LastAnalyze(facts, options),
        TableCheckKind.Bloat => CatalogChecks.Bloat(facts, options),
        TableCheckKind.NameLength => CatalogChecks.NameLength(table, facts, options),
        TableCheckKind.SequentialScans => CatalogChecks.SequentialScans(facts, options),
        TableCheckKind.Autovacuum => CatalogChecks.Autovacuum(facts),
        TableCheckKind.Grants => await RowChecks.GrantsAsync(connection, facts, options, cancellationToken).ConfigureAwait(false),
        TableCheckKind.Collation => CatalogChecks.Collation(facts),
        TableCheckKind.Settings => CatalogChecks.Settings(facts),
        TableCheckKind.Definition => await StructureChecks.DefinitionAsync(connection, table, options, reference, cancellationToken).ConfigureAwait(false),
        TableCheckKind.InvalidConstraint => await StructureChecks.InvalidConstraintAsync(connection, facts, cancellationToken).ConfigureAwait(false),
        TableCheckKind.DuplicateIndex => StructureChecks.DuplicateIndex(await IndexesAsync(cancellationToken).ConfigureAwait(false)),
        TableCheckKind.UnusedIndex => await StructureChecks.UnusedIndexAsync(connection, facts, options, cancellationToken).ConfigureAwait(false),
        TableCheckKind.DisabledTrigger => await StructureChecks.DisabledTriggerAsync(connection, facts, cancellationToken).ConfigureAwait(false),
        TableCheckKind.Sequence => await StructureChecks.SequenceAsync(connection, table, facts, cancellationToken).ConfigureAwait(false),
        TableCheckKind.Owner => await StructureChecks.OwnerAsync(connection, facts, options, cancellationToken).ConfigureAwait(false),
        TableCheckKind.Content => await content.RunAsync(
            connection, table, facts, Key, await LedgerAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private async Task<long> RowsAsync(CancellationToken cancellationToken) =>
        _rows ??= await RowChecks.CountAsync(connection, table, cancellationToken).ConfigureAwait(false);

    private async Task<LedgerRows> LedgerAsync(CancellationToken cancellationToken) =>
        _ledger ??= await LedgerRows.ReadAsync(connection, table, facts.Oid, cancellationToken).ConfigureAwait(false);

    private async Task<IReadOnlyList<ExistingIndex>> IndexesAsync(CancellationToken cancellationToken) =>
        _indexes ??= await ExistingIndex.ListAsync(connection, facts.Oid, cancellationToken).ConfigureAwait(false);
}
