using Amazon.DynamoDBv2.Model;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>Makes items of rows and rows of items.</summary>
internal static class DynamoItem
{
    private const int Largest = 400 * 1024;

    /// <summary>The attributes of a table's row, without the key.</summary>
    /// <exception cref="LakebaseException">DynamoDbValue.</exception>
    public static Dictionary<string, AttributeValue> Of(FeatureResponse response, FeatureTable table)
    {
        Dictionary<string, AttributeValue> attributes = new(StringComparer.Ordinal);
        for (int column = 1; column < table.Columns.Count; column++)
        {
            if (DynamoValue.Of(response, table, column) is { } value)
                attributes.Add(table.Columns[column].Name, value);
        }

        return attributes;
    }

    /// <summary>The key of a row or entity alone.</summary>
    public static Dictionary<string, AttributeValue> Key(DynamoTable table, object key) =>
        new(StringComparer.Ordinal) { [table.KeyName] = DynamoValue.OfKey(table.Entity.Keys, key) };

    /// <summary>The name of the map that holds a table's row in the item of an entity.</summary>
    public static string MapOf(FeatureTable table) => $"{table.Name.Schema}.{table.Name.Name}";

    /// <summary>Refuses an item that is too large.</summary>
    /// <exception cref="LakebaseException">DynamoDbValue.</exception>
    public static void DemandSize(Dictionary<string, AttributeValue> item, object key, DynamoTable table)
    {
        int size = DynamoValue.Size(item);
        if (size > Largest)
            throw DynamoValue.Refused($"the item of key '{Keys.Format(key)}', about {size:N0} bytes (at most {Largest:N0} are allowed)", table.Name);
    }

    /// <summary>Takes the rows that an item holds.</summary>
    /// <param name="response">Takes them.</param>
    /// <param name="from">The table it is from.</param>
    /// <param name="tables">The tables that were asked for.</param>
    /// <param name="item">The item.</param>
    public static void Take(FeatureResponse response, DynamoTable from, IReadOnlyList<FeatureTable> tables, Dictionary<string, AttributeValue> item)
    {
        if (!item.TryGetValue(from.KeyName, out AttributeValue? key))
        {
            response.Stray();
            return;
        }

        for (int at = 0; at < tables.Count; at++)
        {
            FeatureTable table = tables[at];
            Dictionary<string, AttributeValue>? row = from.IsWide ? item.GetValueOrDefault(MapOf(table))?.M : item;
            if (row is null)
                continue;
            response.Begin(table);
            DynamoValue.Take(response, table, 0, key);
            for (int column = 1; column < table.Columns.Count; column++)
            {
                if (row.TryGetValue(table.Columns[column].Name, out AttributeValue? value))
                    DynamoValue.Take(response, table, column, value);
            }
        }
    }
}
