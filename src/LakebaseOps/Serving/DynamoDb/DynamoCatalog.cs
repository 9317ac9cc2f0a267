using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>
/// A small table beside the copies that says which tables are our own, of what shape, and whether they are wholly loaded:
/// nothing else is ever replaced or dropped, and nothing else is read.
/// </summary>
internal sealed class DynamoCatalog(DynamoClient client, string prefix)
{
    private const string Key = "lakebase_ops_table";

    private readonly string _name = prefix + "catalog";

    /// <summary>Makes the catalogue where there is none.</summary>
    /// <exception cref="LakebaseException">ObjectExists: a table of its name is none.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken).ConfigureAwait(false))
            await DynamoTables.CreateAsync(client, _name, Key, KeyKind.Text, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is known of a table; null when it is not ours.</summary>
    public async Task<DynamoEntry?> FindAsync(string table, CancellationToken cancellationToken)
    {
        GetItemRequest request = new() { TableName = _name, Key = KeyOf(table), ConsistentRead = true };
        try
        {
            Dictionary<string, AttributeValue>? item =
                (await client.CallAsync(_name, api => api.GetItemAsync(request, cancellationToken)).ConfigureAwait(false)).Item;
            return item is not { Count: > 0 } ? null : new DynamoEntry(
                table, item["shape"].S, item["made"].S, item["loaded"].BOOL == true, long.Parse(item["items"].N, CultureInfo.InvariantCulture));
        }
        catch (LakebaseException missing) when (missing.Error.Cause is ResourceNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether a table is there. One that is not ours is refused.</summary>
    /// <exception cref="LakebaseException">ObjectExists: it was made by somebody else.</exception>
    public async Task<bool> FindOwnAsync(string table, CancellationToken cancellationToken)
    {
        if (await client.FindAsync(table, cancellationToken).ConfigureAwait(false) is not { } found)
            return false;
        DynamoEntry? entry = await FindAsync(table, cancellationToken).ConfigureAwait(false);
        if (entry is not null && (entry.Made.Length == 0 || entry.Made == DynamoTables.Made(found)))
            return true;
        throw Foreign(table);
    }

    /// <summary>Writes what is known of a table.</summary>
    public async Task WriteAsync(DynamoEntry entry, CancellationToken cancellationToken)
    {
        Dictionary<string, AttributeValue> item = KeyOf(entry.Table);
        item["shape"] = new AttributeValue { S = entry.Shape };
        item["made"] = new AttributeValue { S = entry.Made };
        item["loaded"] = new AttributeValue { BOOL = entry.IsLoaded };
        item["items"] = new AttributeValue { N = entry.Items.ToString(CultureInfo.InvariantCulture) };
        await client.CallAsync(_name, api => api.PutItemAsync(new PutItemRequest { TableName = _name, Item = item }, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Forgets a table; the catalogue goes with the last one.</summary>
    public async Task ForgetAsync(string table, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken).ConfigureAwait(false))
            return;
        await client.CallAsync(_name, api => api.DeleteItemAsync(new DeleteItemRequest { TableName = _name, Key = KeyOf(table) }, cancellationToken)).ConfigureAwait(false);
        ScanResponse left = await client.CallAsync(_name, api => api.ScanAsync(
            new ScanRequest { TableName = _name, ConsistentRead = true, Limit = 1 }, cancellationToken)).ConfigureAwait(false);
        if (left.Items is not { Count: > 0 } && left.LastEvaluatedKey is not { Count: > 0 })
            await DynamoTables.DropAsync(client, _name, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ExistsAsync(CancellationToken cancellationToken) =>
        await client.FindAsync(_name, cancellationToken).ConfigureAwait(false) is { } found
        && (found.KeySchema is [{ AttributeName: Key }] ? true : throw Foreign(_name));

    private LakebaseException Foreign(string table) => new LakebaseError(ErrorIds.ObjectExists, LakebaseErrorKind.Exists,
        $"{client.Endpoint} has a table '{table}' that this command did not make, and leaves it alone.")
    { Target = table, Remedy = "Use another -TablePrefix, or remove that table yourself." }.ToException();

    private static Dictionary<string, AttributeValue> KeyOf(string table) => new() { [Key] = new AttributeValue { S = table } };
}

/// <summary>What the catalogue knows of a table.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Shape">Hash of the columns it was made for.</param>
/// <param name="Made">When it was made; "" until that is known.</param>
/// <param name="IsLoaded">True when all its items were read back.</param>
/// <param name="Items">Its items.</param>
internal sealed record DynamoEntry(string Table, string Shape, string Made, bool IsLoaded, long Items);
