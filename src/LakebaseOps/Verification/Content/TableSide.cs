using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LakebaseOps.Loading.Wire;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification.Content;

/// <summary>A table of a server: hashed there, or read as binary COPY and hashed here.</summary>
/// <param name="table">Its name.</param>
/// <param name="description">What it is called in results.</param>
/// <param name="pages">Its pages; null when it has none of its own.</param>
/// <param name="plan">How it is read.</param>
/// <param name="parts">Who reads it.</param>
/// <param name="checkpoint">Where finished parts are kept; null for nowhere.</param>
internal sealed class TableSide(
    TableName table, string description, long? pages, ContentPlan plan, ContentParts parts, ContentCheckpoint? checkpoint) : ContentSide
{
    /// <inheritdoc />
    public override string Description => description;

    /// <inheritdoc />
    public override bool FindsKeys => HasKeyIndex;

    /// <summary>Whether a unique index over the key's columns is there.</summary>
    public bool HasKeyIndex { get; init; }

    private IEnumerable<long> Parts => pages is long count ? Enumerable.Range(0, (int)Math.Max(1, (count + plan.PartPages - 1) / plan.PartPages)).Select(n => (long)n) : [0];

    /// <inheritdoc />
    public override async Task<IReadOnlyDictionary<long, ContentDigest>> ReadAsync(CancellationToken cancellationToken)
    {
        ConcurrentDictionary<long, ContentDigest> digests = new();
        List<long> left = [];
        foreach (long part in Parts)
        {
            if (checkpoint?.Find(description, part) is ContentDigest known)
                digests[part] = known;
            else
                left.Add(part);
        }

        await parts.ForEachAsync(left, async (connection, part, token) =>
        {
            ContentDigest digest = await SumAsync(connection, part, token).ConfigureAwait(false);
            digests[part] = digest;
            if (checkpoint is not null)
                await checkpoint.KeepAsync(description, part, digest, token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return digests;
    }

    /// <inheritdoc />
    public override async Task<IReadOnlyList<ContentRow>> RowsAsync(int[] buckets, IReadOnlySet<long>? among, CancellationToken cancellationToken)
    {
        ConcurrentBag<ContentRow> rows = [];
        string bucket = plan.BucketsHere ? "true" : $"{plan.BucketSql} = ANY ('{{{string.Join(",", buckets)}}}')";
        await parts.ForEachAsync(Parts.Where(part => among?.Contains(part) != false), async (connection, part, token) =>
        {
            foreach (ContentRow row in await ListAsync(connection, $"{table.ToSql()} t WHERE {bucket} AND {Range(part)}", buckets, token).ConfigureAwait(false))
                rows.Add(row);
        }, cancellationToken).ConfigureAwait(false);
        return [.. rows];
    }

    /// <inheritdoc />
    public override async Task<IReadOnlyList<ContentRow>> FindAsync(IReadOnlyList<string[]> keys, CancellationToken cancellationToken)
    {
        IReadOnlyList<ContentRow> rows = [];
        await parts.RunAsync(async connection =>
        {
            await SendAsync(connection, keys, cancellationToken).ConfigureAwait(false);
            rows = await ListAsync(connection, $"{table.ToSql()} t WHERE {Among}", null, cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    /// <summary>For each of the keys, what tells the values of its columns apart.</summary>
    public async Task<IReadOnlyDictionary<string, string?[]>> ValuesAsync(IReadOnlyList<string[]> keys, CancellationToken cancellationToken)
    {
        Dictionary<string, string?[]> values = [];
        string each = string.Join(", ", plan.Columns.Select(column => plan.IsStrict ? $"{TableName.Quote(column.Name)}::text" : $"{ContentColumn.Hash([column])}::text"));
        await parts.RunAsync(async connection =>
        {
            values.Clear();
            await SendAsync(connection, keys, cancellationToken).ConfigureAwait(false);
            using NpgsqlCommand command = new($"SELECT {plan.NameSql}, ARRAY[{each}] FROM {table.ToSql()} t WHERE {Among}", connection) { CommandTimeout = 0 };
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    values[new ContentRow(Key(row.GetString(0)), 0).Name] = row.GetFieldValue<string?[]>(1);
            }
        }, cancellationToken).ConfigureAwait(false);
        return values;
    }

    private async Task<ContentDigest> SumAsync(NpgsqlConnection connection, long part, CancellationToken cancellationToken)
    {
        ContentDigest digest = new(plan.Buckets);
        if (plan.IsStrict)
        {
            string leading = plan.BucketsHere ? "" : $"{plan.BucketSql}, ";
            await CopyRows.ReadAsync(connection, $"(SELECT {leading}{plan.SentSql} FROM {table.ToSql()} WHERE {Range(part)})", row =>
            {
                if (plan.BucketsHere)
                    digest.Add(plan.BucketOf(row), RowHash.Of(row));
                else
                    digest.Add(BinaryPrimitives.ReadInt32BigEndian(CopyRow.Field(row, 0)), RowHash.Of(CopyRow.Skip(row, 1)));
            }, cancellationToken).ConfigureAwait(false);
            return digest;
        }

        string rows = plan.Key.Count == 0
            ? $"SELECT {plan.Mask("h")}, count(*), sum(h)::text FROM (SELECT {plan.RowSql} h FROM {table.ToSql()} WHERE {Range(part)} OFFSET 0) s GROUP BY 1"
            : $"SELECT {plan.BucketSql}, count(*), sum({plan.RowSql})::text FROM {table.ToSql()} WHERE {Range(part)} GROUP BY 1";
        using NpgsqlCommand command = new(rows, connection) { CommandTimeout = 0 };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                digest.Add(row.GetInt32(0), row.GetInt64(1), unchecked((UInt128)Int128.Parse(row.GetString(2), CultureInfo.InvariantCulture)));
        }

        return digest;
    }

    private async Task<IReadOnlyList<ContentRow>> ListAsync(NpgsqlConnection connection, string from, int[]? buckets, CancellationToken cancellationToken)
    {
        List<ContentRow> rows = [];
        if (plan.IsStrict)
        {
            string leading = plan.BucketsHere ? "" : $"{plan.NameSql}, ";
            await CopyRows.ReadAsync(connection, $"(SELECT {leading}{plan.SentSql} FROM {from})", row =>
            {
                if (!plan.BucketsHere)
                    rows.Add(new ContentRow(Key(Encoding.UTF8.GetString(CopyRow.Field(row, 0))), RowHash.Of(CopyRow.Skip(row, 1))));
                else if (buckets is null || buckets.Contains(plan.BucketOf(row)))
                    rows.Add(new ContentRow(FieldText.Of(row, plan.Key, plan.Kinds), RowHash.Of(row)));
            }, cancellationToken).ConfigureAwait(false);
            return rows;
        }

        using NpgsqlCommand command = new($"SELECT {plan.NameSql}, {plan.RowSql} FROM {from}", connection) { CommandTimeout = 0 };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(new ContentRow(Key(row.GetString(0)), unchecked((UInt128)(Int128)row.GetInt64(1))));
        }

        return rows;
    }

    private string Range(long part)
    {
        if (pages is null || Parts.Count() == 1)
            return "true";
        long from = part * plan.PartPages;
        // The last part has no end: nothing behind it may go unread.
        long to = from + plan.PartPages >= pages ? uint.MaxValue - 1L : from + plan.PartPages;
        return string.Create(CultureInfo.InvariantCulture, $"ctid >= '({from},0)' AND ctid < '({to},0)'");
    }

    /// <summary>Rows with the keys that were sent before: COPY takes no parameters, a setting of the transaction does.</summary>
    private string Among =>
        $"({string.Join(", ", plan.KeyColumns.Select(column => TableName.Quote(column.Name)))}) IN (SELECT "
        + string.Join(", ", plan.KeyColumns.Select((column, n) => string.Create(CultureInfo.InvariantCulture, $"(lakebase_ops_keys.lakebase_ops_key->>{n})::{column.Type}")))
        + " FROM json_array_elements(current_setting('lakebase_ops.keys')::json) AS lakebase_ops_keys (lakebase_ops_key))";

    private static async Task SendAsync(NpgsqlConnection connection, IReadOnlyList<string[]> keys, CancellationToken cancellationToken)
    {
        using NpgsqlCommand send = new(
            "SELECT set_config('lakebase_ops.keys', @keys, true), set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
            + "set_config('enable_mergejoin', 'off', true)", connection);
        send.Parameters.AddWithValue("keys", NpgsqlDbType.Text, JsonSerializer.Serialize(keys));
        await send.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string[] Key(string json) => [.. JsonSerializer.Deserialize<string?[]>(json)!.Select(value => value ?? "NULL")];
}
