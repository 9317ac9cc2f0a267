using LakebaseOps.Serving;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Latency.Refreshing;

/// <summary>Walks through a table by its key, page by page and from the beginning again.</summary>
internal sealed class RefreshPages
{
    private readonly FeatureTable _table;
    private readonly string _columns;
    private string? _last;

    private RefreshPages(FeatureTable table, string columns)
    {
        _table = table;
        _columns = columns;
    }

    /// <summary>The table.</summary>
    public FeatureTable Table => _table;

    private string Key => TableName.Quote(_table.Key.Name);

    /// <summary>Begins at a table's smallest key.</summary>
    public static async Task<RefreshPages> OfAsync(NpgsqlConnection connection, FeatureTable table, CancellationToken cancellationToken)
    {
        // What the server makes up itself cannot be given; the key may be, where it is an identity.
        NpgsqlCommand command = new(
            """
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND (attidentity <> 'a' OR attname = $2)
            """, connection)
        { Parameters = { new() { Value = table.Name.ToSql(), NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = table.Key.Name, NpgsqlDbType = NpgsqlDbType.Text } } };
        await using (command.ConfigureAwait(false))
            return new RefreshPages(table, (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    /// <summary>The query of the next rows, at most so many; null for an empty table.</summary>
    public async Task<string?> NextAsync(NpgsqlConnection connection, long rows, CancellationToken cancellationToken)
    {
        string page = Page(_columns, _last, rows);
        (long count, string? last) = await EndAsync(connection, rows, cancellationToken).ConfigureAwait(false);
        if (count == 0 && _last is not null)
        {
            _last = null;
            return await NextAsync(connection, rows, cancellationToken).ConfigureAwait(false);
        }

        _last = count < rows ? null : last;
        return count == 0 ? null : page;
    }

    /// <summary>How many rows the page has, and its greatest key as a literal.</summary>
    private async Task<(long Count, string? Last)> EndAsync(NpgsqlConnection connection, long rows, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            $"""
            WITH page AS MATERIALIZED ({Page(Key, _last, rows)})
            SELECT (SELECT count(*) FROM page), (SELECT quote_literal({Key}::text) || '::' || pg_typeof({Key})::text FROM page ORDER BY {Key} DESC LIMIT 1)
            """, connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1));
            }
        }
    }

    private string Page(string columns, string? after, long rows) => FormattableString.Invariant(
        $"SELECT {columns} FROM {_table.Name.ToSql()}{(after is null ? "" : $" WHERE {Key} > {after}")} ORDER BY {Key} LIMIT {rows}");
}
