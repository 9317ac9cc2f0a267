using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2.Model;
using Npgsql;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>Copies rows from PostgreSQL into a table of DynamoDB: one reader, several writers.</summary>
/// <param name="client">DynamoDB.</param>
/// <param name="connection">A connection within a transaction that sees one snapshot.</param>
/// <param name="plan">The tables.</param>
/// <param name="parallel">Writers.</param>
/// <param name="progress">Told of the items read so far.</param>
internal sealed class DynamoLoad(DynamoClient client, NpgsqlConnection connection, FeaturePlan plan, int parallel, Action<long> progress)
{
    private const int BatchItems = 25;
    private const int PageKeys = 500;
    private const int ProgressItems = 1_000;

    private readonly FeatureResponse _response = new(plan);
    private DynamoContents _contents;
    private long _retries;

    /// <summary>Times that items left unprocessed were sent again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Copies everything that a table is to hold; hands back what that is.</summary>
    /// <exception cref="LakebaseException">DynamoDbValue, DynamoDbFailed, DynamoDbUnprocessed.</exception>
    public async Task<DynamoContents> RunAsync(DynamoTable table, CancellationToken cancellationToken)
    {
        _contents = default;
        _retries = 0;
        await Parallel.ForEachAsync(
            BatchesAsync(table, cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken },
            async (batch, token) => await WriteAsync(table, batch, token).ConfigureAwait(false)).ConfigureAwait(false);
        return _contents;
    }

    private async Task WriteAsync(DynamoTable table, List<WriteRequest> batch, CancellationToken cancellationToken)
    {
        Dictionary<string, List<WriteRequest>> left = new() { [table.Name] = batch };
        for (int attempt = 0; ; attempt++)
        {
            BatchWriteItemRequest request = new() { RequestItems = left };
            left = (await client.CallAsync(table.Name, api => api.BatchWriteItemAsync(request, cancellationToken)).ConfigureAwait(false)).UnprocessedItems;
            if (left is not { Count: > 0 })
                return;
            Interlocked.Increment(ref _retries);
            await DynamoBackoff.WaitAsync(attempt, table.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<List<WriteRequest>> BatchesAsync(DynamoTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<WriteRequest> batch = [];
        IAsyncEnumerable<Dictionary<string, AttributeValue>> items = table.IsWide ? WideAsync(table, cancellationToken) : RowsAsync(table, cancellationToken);
        await foreach (Dictionary<string, AttributeValue> item in items.ConfigureAwait(false))
        {
            batch.Add(new WriteRequest { PutRequest = new PutRequest { Item = item } });
            if (_contents.Items % ProgressItems == 0)
                progress(_contents.Items);
            if (batch.Count < BatchItems)
                continue;
            yield return batch;
            batch = [];
        }

        if (batch.Count > 0)
            yield return batch;
    }

    private async IAsyncEnumerable<Dictionary<string, AttributeValue>> RowsAsync(DynamoTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FeatureTable read = table.Tables[0];
        FeatureStatement statement = FeatureStatement.Rows(read, "IS NOT NULL");
        NpgsqlCommand command = new(statement.Sql, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    Take(reader, statement);
                    object key = KeyOf(read);
                    Dictionary<string, AttributeValue> item = DynamoItem.Of(_response, read);
                    item[table.KeyName] = DynamoValue.OfWrittenKey(table.Entity.Keys, key, read.Name.ToString());
                    DynamoItem.DemandSize(item, key, table);
                    _contents = _contents.With(1, (uint)_response.ContentHash(read.Index));
                    yield return item;
                }
            }
        }
    }

    // Keys by the page, and of each page the rows of every table: a join of all tables would have more columns than a query may.
    private async IAsyncEnumerable<Dictionary<string, AttributeValue>> WideAsync(DynamoTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyKind kind = table.Entity.Keys;
        string union = string.Join(" UNION ", table.Tables.Select(one =>
            $"SELECT t.{TableName.Quote(one.Key.Name)}::{Keys.SqlType(kind)} AS key FROM {one.Name.ToSql()} AS t WHERE t.{TableName.Quote(one.Key.Name)} IS NOT NULL"));
        await ExecuteAsync($"DECLARE entity_keys NO SCROLL CURSOR FOR {union}", cancellationToken).ConfigureAwait(false);
        while (await PageAsync(kind, cancellationToken).ConfigureAwait(false) is { Count: > 0 } keys)
        {
            Dictionary<object, WideItem> items = keys.ToDictionary(key => Identity(kind, key), key => new WideItem(key, new(StringComparer.Ordinal)));
            foreach (FeatureTable one in table.Tables)
                await AddAsync(one, kind, keys, items, cancellationToken).ConfigureAwait(false);
            foreach (WideItem item in items.Values)
            {
                item.Attributes[table.KeyName] = DynamoValue.OfWrittenKey(kind, item.Key, table.Name);
                DynamoItem.DemandSize(item.Attributes, item.Key, table);
                _contents = _contents.With(item.Attributes.Count - 1, item.Hash);
                yield return item.Attributes;
            }
        }

        await ExecuteAsync("CLOSE entity_keys", cancellationToken).ConfigureAwait(false);
    }

    private async Task AddAsync(FeatureTable table, KeyKind kind, List<object> keys, Dictionary<object, WideItem> items, CancellationToken cancellationToken)
    {
        FeatureStatement statement = FeatureStatement.Rows(table, "= ANY ($1)");
        NpgsqlCommand command = new(statement.Sql, connection) { CommandTimeout = 0, Parameters = { Keys.ArrayParameter(kind, keys) } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    Take(reader, statement);
                    WideItem item = items[Identity(kind, KeyOf(table))];
                    item.Attributes.Add(DynamoItem.MapOf(table), new AttributeValue { M = DynamoItem.Of(_response, table) });
                    item.Hash = unchecked(item.Hash + (uint)_response.ContentHash(table.Index));
                }
            }
        }
    }

    private async Task<List<object>> PageAsync(KeyKind kind, CancellationToken cancellationToken)
    {
        List<object> keys = [];
        NpgsqlCommand command = new($"FETCH FORWARD {PageKeys} FROM entity_keys", connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    keys.Add(Keys.Read(kind, reader, 0));
            }
        }

        return keys;
    }

    private void Take(NpgsqlDataReader reader, FeatureStatement statement)
    {
        _response.Clear();
        _response.Take(reader, statement, connection: 0);
    }

    private object KeyOf(FeatureTable table)
    {
        object key = _response.Value(table.Index, 0)!;
        return key is short or int ? Convert.ToInt64(key, System.Globalization.CultureInfo.InvariantCulture) : key;
    }

    // Keys that PostgreSQL takes for equal are the same object.
    private static object Identity(KeyKind kind, object key) =>
        kind == KeyKind.Character ? ((string)key).TrimEnd(' ') : Keys.Comparable(key)!;

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private sealed record WideItem(object Key, Dictionary<string, AttributeValue> Attributes)
    {
        public ulong Hash { get; set; }
    }
}
