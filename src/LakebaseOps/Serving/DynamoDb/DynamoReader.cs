using System.Diagnostics;
using Amazon.DynamoDBv2.Model;
using LakebaseOps.Latency;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>
/// Reads feature requests from DynamoDB. Mode Batch is one BatchGetItem over all tables of the request (one for each hundred
/// of them), mode Wide one GetItem, or one BatchGetItem where the request has several entities. Keys that an answer leaves
/// unprocessed are asked for again, and the pause before belongs to the request.
/// </summary>
internal sealed class DynamoReader : IFeatureReader
{
    /// <summary>Items that BatchGetItem takes.</summary>
    private const int MostItems = 100;

    private readonly DynamoClient _client;
    private readonly SemaphoreSlim _free;
    private readonly Lookup[][][] _lookups;
    private readonly DynamoTable _floor;
    private readonly int _most;

    private DynamoReader(DynamoClient client, FeaturePlan plan, IReadOnlyList<DynamoTable> tables, IReadOnlyList<FeatureMode> modes, int size, int most)
    {
        _client = client;
        _most = most;
        Size = size;
        _free = new SemaphoreSlim(size, size);
        _floor = tables[0];
        _lookups = new Lookup[Enum.GetValues<FeatureMode>().Length][][];
        foreach (FeatureMode mode in modes)
            _lookups[(int)mode] = [.. plan.Requests.Select(request => Lookups(request, [.. tables.Where(table => table.IsWide == (mode == FeatureMode.Wide))]))];
    }

    /// <inheritdoc />
    public FeatureBackend Backend => FeatureBackend.DynamoDb;

    /// <inheritdoc />
    public int Size { get; }

    /// <summary>Opens it for some modes.</summary>
    /// <param name="endpoint">Where it is.</param>
    /// <param name="prefix">Beginning of the tables' names.</param>
    /// <param name="plan">The tables.</param>
    /// <param name="modes">The modes.</param>
    /// <param name="size">Requests at the same time.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="most">Items of a call.</param>
    /// <exception cref="LakebaseException">ModeNotSupported, DynamoDbNotInstalled, DynamoDbStale, DynamoDbFailed, InvalidArgument.</exception>
    public static async Task<DynamoReader> OpenAsync(
        DynamoEndpoint endpoint, string prefix, FeaturePlan plan, IReadOnlyList<FeatureMode> modes, int size, CancellationToken cancellationToken,
        int most = MostItems)
    {
        DynamoTable.DemandModes(modes);
        IReadOnlyList<DynamoTable> tables = DynamoTable.All(plan, modes, prefix);
        // The client itself repeats nothing: what is throttled is an outcome, not a slow success.
        DynamoClient client = endpoint.Open(size, retries: 0);
        try
        {
            DynamoCatalog catalog = new(client, prefix);
            foreach (DynamoTable table in tables)
                await DemandAsync(client, catalog, table, cancellationToken).ConfigureAwait(false);
            return new DynamoReader(client, plan, tables, modes, size, most);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask ReadAsync(
        FeatureMode mode, int kind, object[] keys, FeatureResponse response, RequestClock clock, CancellationToken cancellationToken)
    {
        response.Clear();
        Task turn = _free.WaitAsync(cancellationToken);
        RequestPart waited = turn.IsCompleted ? RequestPart.PoolIdle : RequestPart.PoolWait;
        await turn.ConfigureAwait(false);
        clock.Mark(waited);
        try
        {
            Lookup[] lookups = _lookups[(int)mode][kind];
            if (lookups is [{ Table.IsWide: true } only])
                await GetAsync(only, keys, response, clock, cancellationToken).ConfigureAwait(false);
            else
                await GetBatchesAsync(lookups, keys, response, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask<long> FloorAsync(CancellationToken cancellationToken)
    {
        object absent = _floor.Entity.Keys switch
        {
            KeyKind.Integer => long.MinValue,
            KeyKind.Bytes => new byte[] { 0 },
            KeyKind.Uuid => Guid.Empty,
            _ => "\u0001",
        };
        GetItemRequest request = new() { TableName = _floor.Name, Key = DynamoItem.Key(_floor, absent) };
        SocketEvents.Bind(null);
        long started = Stopwatch.GetTimestamp();
        await _client.CallAsync(_floor.Name, api => api.GetItemAsync(request, cancellationToken)).ConfigureAwait(false);
        return (long)Stopwatch.GetElapsedTime(started).TotalNanoseconds;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _free.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task GetAsync(Lookup lookup, object[] keys, FeatureResponse response, RequestClock clock, CancellationToken cancellationToken)
    {
        GetItemRequest request = new()
        {
            TableName = lookup.Table.Name,
            Key = DynamoItem.Key(lookup.Table, keys[lookup.Entity]),
            ProjectionExpression = lookup.Projection,
            ExpressionAttributeNames = lookup.Names,
        };
        Dictionary<string, AttributeValue>? item = (await _client.Api.GetItemAsync(request, cancellationToken).ConfigureAwait(false)).Item;
        if (item is { Count: > 0 })
            DynamoItem.Take(response, lookup.Table, lookup.Tables, item);
        clock.Mark(RequestPart.Decode);
    }

    private async Task GetBatchesAsync(Lookup[] lookups, object[] keys, FeatureResponse response, RequestClock clock, CancellationToken cancellationToken)
    {
        for (int from = 0; from < lookups.Length; from += _most)
        {
            Dictionary<string, KeysAndAttributes>? left = new(Math.Min(_most, lookups.Length - from), StringComparer.Ordinal);
            foreach (Lookup lookup in lookups.AsSpan(from, Math.Min(_most, lookups.Length - from)))
            {
                left.Add(lookup.Table.Name, new KeysAndAttributes
                {
                    Keys = [DynamoItem.Key(lookup.Table, keys[lookup.Entity])],
                    ProjectionExpression = lookup.Projection,
                    ExpressionAttributeNames = lookup.Names,
                });
            }

            for (int attempt = 0; ; attempt++)
            {
                BatchGetItemResponse answer = await _client.Api.BatchGetItemAsync(new BatchGetItemRequest(left), cancellationToken).ConfigureAwait(false);
                foreach ((string table, List<Dictionary<string, AttributeValue>> items) in answer.Responses ?? [])
                    Take(lookups, table, items, response);
                clock.Mark(RequestPart.Decode);
                left = answer.UnprocessedKeys;
                if (left is not { Count: > 0 })
                    break;
                await DynamoBackoff.WaitAsync(attempt, left.First().Key, cancellationToken).ConfigureAwait(false);
                clock.Retried();
            }
        }
    }

    private static void Take(Lookup[] lookups, string table, List<Dictionary<string, AttributeValue>> items, FeatureResponse response)
    {
        Lookup? lookup = Array.Find(lookups, one => one.Table.Name == table);
        foreach (Dictionary<string, AttributeValue> item in items)
        {
            if (lookup is null)
                response.Stray();
            else
                DynamoItem.Take(response, lookup.Table, lookup.Tables, item);
        }
    }

    private static Lookup[] Lookups(FeatureRequest request, IReadOnlyList<DynamoTable> tables) =>
    [
        .. tables.Select(table => new Lookup(table, [.. request.Tables.Where(table.Tables.Contains)])).Where(lookup => lookup.Tables.Count > 0),
    ];

    private static async Task DemandAsync(DynamoClient client, DynamoCatalog catalog, DynamoTable table, CancellationToken cancellationToken)
    {
        const string Remedy = "Run Install-LakebaseDynamoDbTable with the same tables.";
        DynamoEntry? entry = await catalog.FindAsync(table.Name, cancellationToken).ConfigureAwait(false);
        if (entry is not { IsLoaded: true })
        {
            throw new LakebaseError(ErrorIds.DynamoDbNotInstalled, LakebaseErrorKind.NotFound,
                entry is null ? $"{client.Endpoint} has no table '{table.Name}' that holds a copy of these rows." : $"The table '{table.Name}' of {client.Endpoint} is not wholly loaded.")
            { Target = table.Name, Remedy = Remedy }.ToException();
        }

        if (entry.Shape != table.Shape)
        {
            throw new LakebaseError(ErrorIds.DynamoDbStale, LakebaseErrorKind.InvalidState,
                $"The tables that '{table.Name}' of {client.Endpoint} was made from have changed their columns since.")
            { Target = table.Name, Remedy = Remedy }.ToException();
        }
    }

    /// <summary>What a kind of request asks of a table.</summary>
    private sealed class Lookup
    {
        public Lookup(DynamoTable table, IReadOnlyList<FeatureTable> tables)
        {
            Table = table;
            Tables = tables;
            Entity = tables.Count == 0 ? -1 : tables[0].Entity;
            // Only what is asked for travels, as from PostgreSQL.
            if (!table.IsWide || tables.Count == table.Tables.Count)
                return;
            Names = tables.Select((one, at) => ($"#{at}", DynamoItem.MapOf(one))).Append(("#k", table.KeyName)).ToDictionary();
            Projection = string.Join(",", Names.Keys);
        }

        public DynamoTable Table { get; }

        public IReadOnlyList<FeatureTable> Tables { get; }

        /// <summary>The entity whose key it takes, by its place in the plan.</summary>
        public int Entity { get; }

        public Dictionary<string, string>? Names { get; }

        public string? Projection { get; }
    }
}
