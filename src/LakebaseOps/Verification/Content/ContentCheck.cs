using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Verification.Content;

/// <summary>Compares the content of tables with other tables, with files, or with what the load ledger says, as sets of rows whatever their order.</summary>
internal sealed class ContentCheck : IDisposable
{
    private readonly PostgresSession _session;
    private readonly PostgresSession? _reference;
    private readonly TestTableOptions _options;
    private readonly IReadOnlyList<TableFiles> _files;
    private readonly ContentCheckpoint? _checkpoint;
    private readonly SemaphoreSlim _gate;
    private readonly SemaphoreSlim _referenceGate;

    private ContentCheck(
        PostgresSession session, PostgresSession? reference, TestTableOptions options, IReadOnlyList<TableFiles> files, ContentCheckpoint? checkpoint)
    {
        _session = session;
        _reference = reference;
        _options = options;
        _files = files;
        _checkpoint = checkpoint;
        int sessions = Math.Max(1, options.ThrottleLimit);
        _gate = new SemaphoreSlim(sessions);
        // Of one server, both sides together are held within the limit.
        _referenceGate = reference is null ? _gate : new SemaphoreSlim(sessions);
    }

    /// <summary>Whether something but the ledger says what the content should be.</summary>
    public static bool HasReference(TestTableOptions options) =>
        options.ReferenceTable is not null || options.ReferenceSession is not null || options.ReferencePath is { Count: > 0 };

    /// <summary>Finds the files, and what an earlier comparison has read.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, FileNotFound, InvalidName.</exception>
    public static async Task<ContentCheck> OpenAsync(
        PostgresSession session, PostgresSession? reference, TestTableOptions options, int tables, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableFiles> files = [];
        if (options.ReferencePath is { Count: > 0 } paths)
        {
            if (options.ReferenceTable is not null || options.ReferenceSession is not null)
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "Content is compared with one reference: files, or a table.")
                { Remedy = "Leave out -ReferencePath, or -ReferenceTable and -ReferenceSession." }.ToException();
            }

            if (paths.Contains(LoadFile.StandardInput))
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "What comes from standard input cannot be read twice.")
                { Remedy = "Give a file as -ReferencePath." }.ToException();
            }

            files = LoadFiles.ByTable(paths, tables == 1 ? options.Table![0] : null);
        }

        ContentCheckpoint? checkpoint = options.CheckpointPath is string path
            ? await ContentCheckpoint.OpenAsync(path, cancellationToken).ConfigureAwait(false) : null;
        return new ContentCheck(session, reference, options, files, checkpoint);
    }

    /// <summary>Compares a table with its reference, else with the load ledger.</summary>
    public async Task<Finding> RunAsync(
        NpgsqlConnection connection, TableName table, TableState facts, IReadOnlyList<string> key, LedgerRows ledger, CancellationToken cancellationToken)
    {
        ContentParts parts = new(_session, _gate, Math.Max(1, _options.ThrottleLimit));
        try
        {
            if (_options.ReferencePath is { Count: > 0 })
            {
                return _files.FirstOrDefault(files => files.Table == table) is { } own
                    ? await new FileContent(connection, table, facts, key, own, _options, parts, _checkpoint).RunAsync(cancellationToken).ConfigureAwait(false)
                    : Finding.Skip("none of the files is named like the table", "Name the file TABLE.csv, or check this table alone.");
            }

            if (!HasReference(_options))
                return await new LedgerContent(connection, table, facts, ledger, parts).RunAsync(cancellationToken).ConfigureAwait(false);
            TableName reference = _options.ReferenceTable is null ? table : TableName.Parse(_options.ReferenceTable);
            ContentParts others = new(_reference ?? _session, _referenceGate, parts.Sessions);
            return await new TableContent(connection, table, facts, key, _options, parts, _checkpoint, _session)
                .RunAsync(reference, _reference, others, cancellationToken).ConfigureAwait(false);
        }
        catch (ContentUnknownException unknown)
        {
            return Finding.Skip(unknown.Message, unknown.Remedy);
        }
    }

    /// <summary>All tables have been compared: what was kept for another attempt is not needed any more.</summary>
    public void Complete() => _checkpoint?.Remove();

    /// <inheritdoc />
    public void Dispose()
    {
        _checkpoint?.Dispose();
        _gate.Dispose();
        if (_referenceGate != _gate)
            _referenceGate.Dispose();
    }

    /// <summary>What a comparison found, as the outcome of a check.</summary>
    internal static Finding Judge(ContentOutcome outcome, string reference, string how, string remedy)
    {
        (long rows, long others) = (outcome.Own.TotalRows, outcome.Reference.TotalRows);
        string named = string.Join("; ", outcome.Differences.Take(3)) + (outcome.Differences.Count > 3 || !outcome.IsComplete ? "; ..." : "");
        bool equal = outcome.Own.Differing(outcome.Reference).Length == 0;
        return Finding.Require(
            equal,
            $"{CatalogChecks.Count(others)} rows of {reference}{how}, sum {Sum(outcome.Reference)}",
            equal ? $"{CatalogChecks.Count(rows)} rows, sum {Sum(outcome.Own)}"
                : outcome.Found == 0 ? $"{CatalogChecks.Count(rows)} rows, sum {Sum(outcome.Own)}; the rows in doubt were equal when they were looked at again"
                : $"{CatalogChecks.Count(rows)} rows, {(outcome.IsComplete ? "" : "at least ")}{CatalogChecks.Count(outcome.Found)} of them or of the reference differ: {named}",
            outcome.Found == 0 ? "Somebody is changing one of them: compare when nobody writes." : remedy) with
        { Differences = outcome.Differences };
    }

    private static string Sum(ContentDigest digest) => digest.TotalSum.ToString("x32", CultureInfo.InvariantCulture);
}
