using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Verification.Content;

/// <summary>Compares a table with the files that it should hold the rows of: both as bytes in the binary form.</summary>
internal sealed class FileContent(
    NpgsqlConnection connection, TableName table, TableState facts, IReadOnlyList<string> key, TableFiles files, TestTableOptions options,
    ContentParts parts, ContentCheckpoint? checkpoint)
{
    private const string Remedy = "Load the file into a table of its own and give that as -ReferenceTable.";

    /// <summary>Compares.</summary>
    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        TableDefinition shape = await TableCatalog.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CopyColumn> fields;
        string name;
        LoadSource source = await OpenAsync(shape, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            (fields, name) = (source.Columns, source.Description);
            if (source.TextReason is string reason)
                throw new ContentUnknownException($"the file's values can be read only by the server: {reason}") { Remedy = Remedy };
            if (ReadBack.Altered(fields) is { } column)
                throw new ContentUnknownException($"the server keeps column {column.Name} ({column.Type}) in a form of its own") { Remedy = Remedy };
        }

        ContentColumn[] columns = [.. fields.Select(field => new ContentColumn(field.Name, field.Type, null, true, false, false))];
        int[] keys = [.. key.Select(one => Array.FindIndex(columns, column => column.Name == one))];
        long? pages = await TableContent.PagesAsync(connection, facts.Oid, cancellationToken).ConfigureAwait(false);
        ContentPlan plan = new(
            columns, keys.Contains(-1) ? [] : keys, IsStrict: true, ContentPlan.BucketsFor(facts.EstimatedRows), ContentPlan.PagesFor(pages ?? 0, parts.Sessions))
        {
            BucketsHere = true,
            Kinds = [.. fields.Select(field => field.Kind)],
        };
        checkpoint?.Describe(table.ToString(), $"{plan} {await TableContent.StateAsync(connection, facts.Oid, cancellationToken).ConfigureAwait(false)}");
        bool isUtc = await IsUtcAsync(cancellationToken).ConfigureAwait(false);
        TableSide own = new(table, table.ToString(), pages, plan, parts, checkpoint);
        FileSide file = new(token => OpenAsync(shape, token), name, plan, isUtc, parts.Sessions);
        await using (file.ConfigureAwait(false))
        {
            ContentOutcome outcome = await new ContentComparer(plan, own, file, options.MaxDifferences).RunAsync(cancellationToken).ConfigureAwait(false);
            if (file.Unread > 0)
                throw new ContentUnknownException($"{CatalogChecks.Count(file.Unread)} rows of the file hold values that can be read only by the server") { Remedy = Remedy };
            return ContentCheck.Judge(outcome, name, " by bytes", "Load the file again, or correct the rows; Differences of this result names them.");
        }
    }

    private Task<LoadSource> OpenAsync(TableDefinition shape, CancellationToken cancellationToken) => CsvSources.OpenAsync(
        connection, files, shape, new BulkLoadOptions
        {
            Header = options.Header,
            Delimiter = options.Delimiter,
            Null = options.Null,
            Encoding = options.Encoding,
        }, proves: false, parts.Sessions, cancellationToken);

    private async Task<bool> IsUtcAsync(CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT current_setting('TimeZone') IN ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Etc/UCT', 'UCT', 'Zulu')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
