using Amazon.DynamoDBv2.Model;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>What is in a table, in whatever order: two tables with the same contents are equal.</summary>
/// <param name="Items">Items.</param>
/// <param name="Rows">Rows of PostgreSQL tables in them.</param>
/// <param name="Hash">Sum of the hashes of these rows, within this process.</param>
internal readonly record struct DynamoContents(long Items, long Rows, ulong Hash)
{
    /// <summary>The same with one more item.</summary>
    public DynamoContents With(long rows, ulong hash) => new(Items + 1, Rows + rows, unchecked(Hash + hash));

    public static DynamoContents operator +(DynamoContents left, DynamoContents right) =>
        new(left.Items + right.Items, left.Rows + right.Rows, unchecked(left.Hash + right.Hash));

    /// <summary>Reads a table, several parts of it at the same time.</summary>
    public static async Task<DynamoContents> ReadAsync(
        DynamoClient client, FeaturePlan plan, DynamoTable table, int parallel, CancellationToken cancellationToken)
    {
        DynamoContents[] parts = new DynamoContents[parallel];
        await Parallel.ForAsync(0, parallel, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken }, async (part, token) =>
        {
            FeatureResponse response = new(plan);
            Dictionary<string, AttributeValue>? last = null;
            do
            {
                ScanRequest request = new() { TableName = table.Name, ConsistentRead = true, Segment = part, TotalSegments = parallel, ExclusiveStartKey = last };
                ScanResponse page = await client.CallAsync(table.Name, api => api.ScanAsync(request, token)).ConfigureAwait(false);
                foreach (Dictionary<string, AttributeValue> item in page.Items ?? [])
                    parts[part] = Add(parts[part], response, table, item);
                last = page.LastEvaluatedKey;
            }
            while (last is { Count: > 0 });
        }).ConfigureAwait(false);
        return parts.Aggregate(default(DynamoContents), (all, part) => all + part);
    }

    private static DynamoContents Add(DynamoContents contents, FeatureResponse response, DynamoTable table, Dictionary<string, AttributeValue> item)
    {
        response.Clear();
        DynamoItem.Take(response, table, table.Tables, item);
        ulong hash = 0;
        long rows = 0;
        foreach (FeatureTable one in table.Tables.Where(one => response.Rows(one.Index) > 0))
        {
            rows++;
            hash = unchecked(hash + (uint)response.ContentHash(one.Index));
        }

        return contents.With(rows, hash);
    }
}
