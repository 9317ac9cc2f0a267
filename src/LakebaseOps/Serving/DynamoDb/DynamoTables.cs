using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>Makes and drops tables and waits until they are there or gone.</summary>
internal static class DynamoTables
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Makes a table that is paid by request and hands back when it was made.</summary>
    /// <exception cref="LakebaseException">DynamoDbFailed, OperationTimeout.</exception>
    public static async Task<string> CreateAsync(DynamoClient client, string name, string keyName, KeyKind keys, CancellationToken cancellationToken)
    {
        CreateTableRequest request = new()
        {
            TableName = name,
            BillingMode = BillingMode.PAY_PER_REQUEST,
            KeySchema = [new KeySchemaElement(keyName, KeyType.HASH)],
            AttributeDefinitions = [new AttributeDefinition(keyName, TypeOf(keys))],
        };
        await client.CallAsync(name, api => api.CreateTableAsync(request, cancellationToken)).ConfigureAwait(false);
        TableDescription? made = await WaitAsync(client, name, found => found?.TableStatus == TableStatus.ACTIVE, cancellationToken).ConfigureAwait(false);
        return Made(made!);
    }

    /// <summary>Drops a table.</summary>
    /// <exception cref="LakebaseException">DynamoDbFailed, OperationTimeout.</exception>
    public static async Task DropAsync(DynamoClient client, string name, CancellationToken cancellationToken)
    {
        await client.CallAsync(name, api => api.DeleteTableAsync(name, cancellationToken)).ConfigureAwait(false);
        await WaitAsync(client, name, found => found is null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>When a table was made: another one of its name was made at another time.</summary>
    public static string Made(TableDescription table) => (table.CreationDateTime ?? default).ToUniversalTime().ToString("O");

    /// <summary>The type of a key attribute.</summary>
    public static ScalarAttributeType TypeOf(KeyKind keys) => keys switch
    {
        KeyKind.Integer => ScalarAttributeType.N,
        KeyKind.Bytes => ScalarAttributeType.B,
        _ => ScalarAttributeType.S,
    };

    private static async Task<TableDescription?> WaitAsync(
        DynamoClient client, string name, Func<TableDescription?, bool> isDone, CancellationToken cancellationToken)
    {
        long started = Environment.TickCount64;
        TimeSpan pause = TimeSpan.FromMilliseconds(20);
        while (true)
        {
            TableDescription? found = await client.FindAsync(name, cancellationToken).ConfigureAwait(false);
            if (isDone(found))
                return found;
            if (Environment.TickCount64 - started > Patience.TotalMilliseconds)
            {
                throw new LakebaseError(ErrorIds.OperationTimeout, LakebaseErrorKind.Timeout,
                    $"Table '{name}' of {client.Endpoint} is still {found?.TableStatus?.Value ?? "missing"} after {Patience.TotalMinutes:F0} minutes.")
                { Target = name, Remedy = "Look at the table there, then run the command again." }.ToException();
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause < LongestPause ? 2 * pause : LongestPause;
        }
    }
}
