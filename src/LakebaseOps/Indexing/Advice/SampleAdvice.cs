using System.Globalization;
using LakebaseOps.Indexing.Planning;

namespace LakebaseOps.Indexing.Advice;

/// <summary>Advice that a sample of the rows is built for: what another key, collation or access method would come to.</summary>
internal sealed class SampleAdvice(AdvisedTable table, IndexSample sample, IndexAdviceOptions options)
{
    // Fewer rows say too little about what all keys look like.
    private const long LeastRows = 1_000;
    private const double Bloated = 1.3;
    private const int LongKey = 16;
    private const double FewUpdates = 0.01;

    /// <summary>All that the sample shows.</summary>
    public async Task<IReadOnlyList<IndexAdvice>> ListAsync(CancellationToken cancellationToken)
    {
        List<IndexAdvice> advice = [];
        if (sample.Rows < LeastRows)
            return advice;
        foreach (IndexFacts index in table.Indexes.Where(index => index is { Method: "btree", IsOfColumns: true, Predicate: "" }))
            await ListAsync(index, advice, cancellationToken).ConfigureAwait(false);
        return advice;
    }

    private async Task ListAsync(IndexFacts index, List<IndexAdvice> advice, CancellationToken cancellationToken)
    {
        string include = index.Included.Count == 0 ? "" : $" INCLUDE ({List(index.Included)})";
        SampledBuild now = await sample.BuildAsync($"USING btree ({List(index.Keys)}){include}", cancellationToken).ConfigureAwait(false);
        if (index.SizeBytes > now.Bytes * Bloated && index.SizeBytes - now.Bytes > 1 << 20)
        {
            Add(IndexAdviceKind.Rebuild, "a fresh one would be smaller: rows were updated or deleted, or inserted in no order",
                IndexStatement.Reindex(table.Name, index.Name, concurrently: true), now);
        }

        AdvisedColumn? key = index.Keys.Count == 1 ? table.Columns.First(column => column.Name == index.Keys[0]) : null;
        if (key is { IsText: true })
            await OfTextAsync(key).ConfigureAwait(false);
        if (index is { IsUnique: true, Included.Count: 0 } && table.Columns.Count > index.Keys.Count && table.UpdatedShare <= FewUpdates)
            await CarryAsync().ConfigureAwait(false);

        async Task OfTextAsync(AdvisedColumn column)
        {
            string name = TableName.Quote(column.Name);
            if (await EncodingAsync(name, cancellationToken).ConfigureAwait(false) is (string type, string expression, string what))
            {
                Add(IndexAdviceKind.KeyEncoding, $"every key of the sample is {what}: as {type} it is shorter and compares by bytes; readers must then send {type}",
                    $"ALTER TABLE {table.Name.ToSql()} ALTER COLUMN {name} TYPE {type} USING {expression}",
                    await sample.BuildAsync($"USING btree (({expression})){include}", cancellationToken).ConfigureAwait(false));
            }

            if (column.IsSlow)
            {
                Add(IndexAdviceKind.Collation, "keys compare by the rules of a language; by bytes builds and lookups are cheaper, and only the order of the language is lost",
                    $"ALTER TABLE {table.Name.ToSql()} ALTER COLUMN {name} TYPE {column.Type} COLLATE \"C\"",
                    await sample.BuildAsync($"USING btree ({name} COLLATE \"C\"){include}", cancellationToken).ConfigureAwait(false));
            }

            if (index is { IsUnique: false, IsNeeded: false, Included.Count: 0 }
                && await sample.NumberAsync($"avg(octet_length({name}))", cancellationToken).ConfigureAwait(false) > LongKey)
            {
                SampledBuild hash = await sample.BuildAsync($"USING hash ({name})", cancellationToken).ConfigureAwait(false);
                if (hash.Bytes < now.Bytes)
                {
                    Add(IndexAdviceKind.Hash, "a hash index keeps four bytes of each key; it finds equal keys only, in no order",
                        $"CREATE INDEX CONCURRENTLY ON {table.Name.ToSql()} USING hash ({name})", hash);
                }
            }
        }

        async Task CarryAsync()
        {
            string[] others = [.. table.Columns.Select(column => column.Name).Except(index.Keys)];
            double width = await sample.NumberAsync($"avg({string.Join(" + ", others.Select(column => $"coalesce(pg_column_size({TableName.Quote(column)}), 0)"))})", cancellationToken).ConfigureAwait(false);
            if (width > options.MaxIncludeBytes)
                return;
            SampledBuild whole = await sample.BuildAsync($"USING btree ({List(index.Keys)}) INCLUDE ({List(others)})", cancellationToken).ConfigureAwait(false);
            if (whole.Bytes >= now.Bytes + table.HeapBytes)
                return;
            Add(IndexAdviceKind.Include,
                string.Create(CultureInfo.InvariantCulture, $"a lookup of the whole row would read the index alone, one block less: {whole.Bytes >> 20:N0} MB to keep in the cache instead of {(now.Bytes + table.HeapBytes) >> 20:N0} MB; updates lose HOT"),
                $"CREATE UNIQUE INDEX CONCURRENTLY ON {table.Name.ToSql()} ({List(index.Keys)}) INCLUDE ({List(others)})", whole);
        }

        void Add(IndexAdviceKind kind, string reason, string statement, SampledBuild then) => advice.Add(new IndexAdvice
        {
            Table = table.Name.ToString(),
            Index = index.Name,
            Kind = kind,
            Reason = reason,
            Statement = statement,
            SizeBytes = index.SizeBytes,
            ExpectedSizeBytes = then.Bytes,
            BuildDuration = now.Duration,
            ExpectedBuildDuration = then.Duration,
        });
    }

    /// <summary>The shorter type that all texts of a column are values of, and how to turn them into it.</summary>
    private async Task<(string Type, string Expression, string What)?> EncodingAsync(string name, CancellationToken cancellationToken)
    {
        if (await sample.HoldsAsync($"{name} ~ '^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}$'", cancellationToken).ConfigureAwait(false))
            return ("uuid", $"{name}::uuid", "a UUID in lower case");
        if (await sample.HoldsAsync($"{name} ~ '^[0-9a-f]{{32}}$'", cancellationToken).ConfigureAwait(false))
            return ("uuid", $"{name}::uuid", "32 hexadecimal digits in lower case");
        if (await sample.HoldsAsync($"{name} ~ '^([0-9a-f]{{2}})+$' AND length({name}) >= 16", cancellationToken).ConfigureAwait(false))
            return ("bytea", $"decode({name}, 'hex')", "hexadecimal digits in lower case");
        if (await sample.HoldsAsync($"{name} ~ '^[1-9][0-9]{{0,17}}$'", cancellationToken).ConfigureAwait(false))
            return ("bigint", $"{name}::bigint", "a whole number");
        return null;
    }

    private static string List(IEnumerable<string> columns) => string.Join(", ", columns.Select(TableName.Quote));
}
