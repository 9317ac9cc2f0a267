using LakebaseOps.Loading.Wire;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Merging;

/// <summary>What happens to rows whose key is in the table already; decided before anything is written.</summary>
internal sealed record LoadMerge
{
    /// <summary>The columns that say which rows are the same; none: any unique key of the table, for Ignore only.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>The column in which the newer row has the greater value; null when the later one wins.</summary>
    public string? Version { get; init; }

    /// <summary>Columns that an existing row takes over; none leaves it as it is.</summary>
    public required IReadOnlyList<string> Updates { get; init; }

    /// <summary>True when values are given for a column that the server would always make up.</summary>
    public bool OverridesIdentity { get; init; }

    /// <summary>True for a partitioned table, which does not tell of a row whether it is new.</summary>
    public bool IsPartitioned { get; init; }

    /// <summary>What must be equal for a load to be the same.</summary>
    public string Fingerprint => $"{(Updates.Count > 0 ? "update" : "ignore")} by {string.Join(", ", Keys)}{(Version is null ? "" : $", newest {Version}")}";

    /// <summary>The plan in words.</summary>
    public string Describe()
    {
        string keys = Keys.Count == 0 ? "any unique key" : string.Join(", ", Keys);
        return Updates.Count == 0 ? $"rows whose key ({keys}) is there already are left out"
            : Version is null ? $"rows whose key ({keys}) is there already are updated"
            : $"rows whose key ({keys}) is there already are updated where {Version} is newer";
    }

    /// <summary>What the options say of a table; null for a load that merges nothing.</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static async Task<LoadMerge?> CreateAsync(
        NpgsqlConnection connection, BulkLoadOptions options, TableDefinition table, IReadOnlyList<CopyColumn> columns,
        CancellationToken cancellationToken)
    {
        BulkLoadConflict conflict = options.OnConflict ?? (options.Mode == BulkLoadMode.Upsert ? BulkLoadConflict.Update : BulkLoadConflict.Error);
        bool merges = options.Mode != BulkLoadMode.Replace && conflict != BulkLoadConflict.Error;
        if (options.Mode == BulkLoadMode.Replace && options.OnConflict is not null)
            throw Invalid(table, "OnConflict says what happens to rows that are there already, and Replace keeps none.", "Give -Mode Append or Upsert.");
        if (options.Mode == BulkLoadMode.Upsert && !merges)
            throw Invalid(table, "Mode Upsert updates rows that are there already; with -OnConflict Error nothing is left of it.", "Use -Mode Append -OnConflict Error.");
        if (!merges && (options.KeyColumn is { Count: > 0 } || options.VersionColumn is not null))
            throw Invalid(table, "KeyColumn and VersionColumn say which rows are the same and which is newer; this load compares none.", "Give -Mode Upsert, or -OnConflict.");
        if (!merges)
            return null;
        if (options.VersionColumn is not null && conflict != BulkLoadConflict.Update)
            throw Invalid(table, "VersionColumn says which row is newer; -OnConflict Ignore never takes the new one.", "Give -OnConflict Update, or leave -VersionColumn out.");

        string[] keys = [.. (options.KeyColumn ?? []).Select(name => Column(table, columns, name, "KeyColumn"))];
        if (keys.Length == 0 && conflict == BulkLoadConflict.Update)
            keys = [.. await PrimaryKeyAsync(connection, table, cancellationToken).ConfigureAwait(false)];
        foreach (string key in keys)
            Column(table, columns, key, "the key");
        if (keys.Length > 0 && !await IsUniqueAsync(connection, table.Name, keys, cancellationToken).ConfigureAwait(false))
        {
            throw Invalid(table, $"No unique index of {table.Name} has exactly the columns {string.Join(", ", keys)}, so several rows could have one key.",
                "Name the columns of a primary key or of a unique index that is neither partial nor deferrable.");
        }

        string[] updates = conflict == BulkLoadConflict.Ignore ? [] : [.. columns.Select(column => column.Name).Except(keys)];
        ColumnDefinition[] always = [.. table.Columns.Where(column => column.Identity == "a" && columns.Any(given => given.Name == column.Name))];
        if (always.FirstOrDefault(column => updates.Contains(column.Name)) is { } fixedColumn)
        {
            throw Invalid(table, $"Column {fixedColumn.Name} is GENERATED ALWAYS AS IDENTITY: an existing row cannot take over its value.",
                "Leave the column out of the input, or name it with -KeyColumn.");
        }

        return new LoadMerge
        {
            Keys = keys,
            Version = options.VersionColumn is null ? null : Column(table, columns, options.VersionColumn, "VersionColumn"),
            Updates = updates,
            OverridesIdentity = always.Length > 0,
            IsPartitioned = await IsPartitionedAsync(connection, table.Name, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>The column of the input that a name means, exactly or, if that is unambiguous, but for its case.</summary>
    private static string Column(TableDefinition table, IReadOnlyList<CopyColumn> columns, string name, string what)
    {
        CopyColumn[] similar = [.. columns.Where(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))];
        return (similar.FirstOrDefault(column => column.Name == name) ?? (similar.Length == 1 ? similar[0] : null))?.Name
            ?? throw Invalid(table, $"The input has no column {name}, which {what} of {table.Name} needs.",
                $"The input has {string.Join(", ", columns.Select(column => column.Name))}.");
    }

    private static async Task<string[]> PrimaryKeyAsync(NpgsqlConnection connection, TableDefinition table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT array_agg(attname::text ORDER BY place) FROM pg_index, unnest(indkey) WITH ORDINALITY k (number, place), pg_attribute
            WHERE indrelid = $1::regclass AND indisprimary AND place <= indnkeyatts AND attrelid = indrelid AND attnum = number
            """, connection)
        {
            Parameters = { new() { Value = table.Name.ToSql(), NpgsqlDbType = NpgsqlDbType.Text } },
        };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string[]
            ?? throw Invalid(table, $"{table.Name} has no primary key, so nothing says which rows are the same.", "Name the columns of a unique index with -KeyColumn.");
    }

    private static async Task<bool> IsPartitionedAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT relkind = 'p' FROM pg_class WHERE oid = $1::regclass", connection)
        {
            Parameters = { new() { Value = table.ToSql(), NpgsqlDbType = NpgsqlDbType.Text } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<bool> IsUniqueAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT EXISTS (SELECT FROM pg_index i WHERE indrelid = $1::regclass AND indisunique AND indisvalid AND indimmediate
                AND indpred IS NULL AND indexprs IS NULL
                AND (SELECT array_agg(attname::text ORDER BY attname) FROM unnest(indkey) WITH ORDINALITY k (number, place), pg_attribute
                     WHERE place <= indnkeyatts AND attrelid = indrelid AND attnum = number)
                    = (SELECT array_agg(name ORDER BY name::name) FROM unnest($2::text[]) name))
            """, connection)
        {
            Parameters = { new() { Value = table.ToSql() }, new() { Value = keys.ToArray() } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static LakebaseException Invalid(TableDefinition table, string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Target = table.Table, Remedy = remedy }.ToException();
}
