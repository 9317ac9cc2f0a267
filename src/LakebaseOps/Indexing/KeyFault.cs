using System.Globalization;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>Says which keys stand in the way of a unique index or a primary key.</summary>
internal static class KeyFault
{
    private const int Shown = 5;

    /// <summary>The error of a unique index that duplicates forbid, with some of the keys.</summary>
    public static async Task<LakebaseError> DuplicatesAsync(
        NpgsqlConnection connection, TableName table, IndexDefinition wanted, IndexShape shape, string name,
        PostgresException refused, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> keys = await FindAsync(connection, table, wanted, shape, cancellationToken).ConfigureAwait(false);
        string found = keys.Count == 0
            ? refused.Detail ?? refused.MessageText
            : $"Keys that occur more than once: {string.Join("; ", keys)}{(keys.Count == Shown ? "; possibly more" : "")}.";
        return new LakebaseError(ErrorIds.DuplicateKey, LakebaseErrorKind.InvalidData,
            $"The unique index {TableName.Quote(name)} cannot be built on {table}. {found}")
        {
            Target = table.ToString(),
            SqlState = refused.SqlState,
            Cause = refused,
            Remedy = "Remove the surplus rows or correct the key columns, then run it again.",
        };
    }

    /// <summary>The error of a primary key that NULL forbids.</summary>
    public static LakebaseError Nulls(TableName table, IndexShape shape, PostgresException refused) =>
        new(ErrorIds.NullKey, LakebaseErrorKind.InvalidData,
            $"The primary key ({string.Join(", ", shape.Keys)}) of {table} cannot be made: at least one row has NULL in it.")
        {
            Target = table.ToString(),
            SqlState = refused.SqlState,
            Cause = refused,
            Remedy = $"Find the rows with WHERE {string.Join(" OR ", shape.Keys.Select(key => $"{key} IS NULL"))}, and correct them.",
        };

    private static async Task<IReadOnlyList<string>> FindAsync(
        NpgsqlConnection connection, TableName table, IndexDefinition wanted, IndexShape shape, CancellationToken cancellationToken)
    {
        // The rows of a partial index are known only where its predicate was given apart.
        if (shape.Clause.Contains(" WHERE ", StringComparison.Ordinal) && wanted.Predicate is null)
            return [];
        string keys = string.Join(", ", shape.Keys);
        string where = wanted.Predicate is null ? "" : $"({wanted.Predicate}) AND ";
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                // The whole table is grouped for this: a help that must not take longer than a person waits for it.
                using NpgsqlCommand command = new(
                    "SET LOCAL statement_timeout = '30s'; "
                    + $"SELECT left(ROW({keys})::text, 200), count(*) FROM {table.ToSql()} "
                    + $"WHERE {where}{string.Join(" AND ", shape.Keys.Select(key => $"{key} IS NOT NULL"))} "
                    + $"GROUP BY {keys} HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT {Shown}", connection, transaction);
                List<string> found = [];
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        found.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)} {reader.GetInt64(1)} times"));
                }

                return found;
            }
            catch (PostgresException)
            {
                return [];
            }
        }
    }
}
