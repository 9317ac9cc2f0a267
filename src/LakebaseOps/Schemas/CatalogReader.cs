using System.Globalization;
using Npgsql;

namespace LakebaseOps.Schemas;

/// <summary>Reads definitions in one round trip: tables, columns, indexes and constraints.</summary>
internal static class CatalogReader
{
    public static async Task<IReadOnlyList<TableDefinition>> ReadAsync(
        NpgsqlConnection connection, CatalogFilter filter, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            // Without a transaction of the caller, the statements up to the batch's end are one implicit transaction.
            batch.BatchCommands.Add(new NpgsqlBatchCommand(CatalogQueries.EnterEmptyPath));
            foreach (string query in new[]
                {
                    CatalogQueries.Tables(filter), CatalogQueries.Columns(filter),
                    CatalogQueries.Indexes(filter), CatalogQueries.Constraints(filter),
                })
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(query)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = filter.Schema }, new NpgsqlParameter<string> { TypedValue = filter.Name } },
                });
            }

            batch.BatchCommands.Add(new NpgsqlBatchCommand(CatalogQueries.LeaveEmptyPath));
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<(uint Oid, TableDefinition Table)> tables = await RowsAsync(reader, Table, cancellationToken).ConfigureAwait(false);
                ILookup<uint, ColumnDefinition> columns = await PartsAsync(reader, Column, cancellationToken).ConfigureAwait(false);
                ILookup<uint, IndexDefinition> indexes = await PartsAsync(reader, Index, cancellationToken).ConfigureAwait(false);
                ILookup<uint, ConstraintDefinition> constraints = await PartsAsync(reader, Constraint, cancellationToken).ConfigureAwait(false);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                return [.. tables.Select(entry => entry.Table with
                {
                    Columns = [.. columns[entry.Oid]],
                    Indexes = [.. indexes[entry.Oid]],
                    Constraints = [.. constraints[entry.Oid]],
                })];
            }
        }
    }

    private static async Task<ILookup<uint, T>> PartsAsync<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        (await RowsAsync(reader, read, cancellationToken).ConfigureAwait(false)).ToLookup(row => row.Oid, row => row.Item);

    private static async Task<List<(uint Oid, T Item)>> RowsAsync<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<(uint, T)> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add((reader.GetFieldValue<uint>(0), read(reader)));
        return rows;
    }

    private static string? Text(NpgsqlDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);

    private static TableDefinition Table(NpgsqlDataReader row) => new()
    {
        Name = new TableName(row.GetString(1), row.GetString(2)),
        Comment = Text(row, 3),
        EstimatedRows = row.GetInt64(4),
        HeapBytes = row.GetInt64(5),
        IndexBytes = row.GetInt64(6),
        Owner = row.GetString(7),
        StorageSettings = row.GetFieldValue<string[]>(8),
    };

    private static ColumnDefinition Column(NpgsqlDataReader row) => new(row.GetString(1), row.GetString(2))
    {
        NotNull = row.GetBoolean(3),
        Default = Text(row, 4),
        Identity = row.GetString(5) is { Length: > 0 } identity ? identity : null,
        IdentityOptions = row.IsDBNull(9) ? null : SequenceOptions(row),
        IsGenerated = row.GetString(6).Length > 0,
        IsVirtual = row.GetString(6) == "v",
        Collation = Text(row, 7),
        Comment = Text(row, 8),
    };

    private static string? SequenceOptions(NpgsqlDataReader row)
    {
        (long start, long increment, long least, long most, long cache, bool cycle) = (
            row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetBoolean(14));
        bool usual = start == 1 && increment == 1 && least == 1 && cache == 1 && !cycle
            && most is short.MaxValue or int.MaxValue or long.MaxValue;
        return usual ? null : string.Create(CultureInfo.InvariantCulture,
            $"START WITH {start} INCREMENT BY {increment} MINVALUE {least} MAXVALUE {most} CACHE {cache}{(cycle ? " CYCLE" : "")}");
    }

    private static IndexDefinition Index(NpgsqlDataReader row)
    {
        IndexClause clause = IndexClause.Of(row.GetString(8));
        return new IndexDefinition
        {
            Name = row.GetString(1),
            Method = row.GetString(2),
            Keys = clause.Keys,
            Include = clause.Include,
            IsUnique = row.GetBoolean(3),
            IsPrimary = row.GetBoolean(4),
            IsValid = row.GetBoolean(5),
            NullsNotDistinct = row.GetBoolean(6),
            Predicate = Text(row, 7),
            Clause = clause.Text,
            Constraint = Text(row, 9),
            StorageSettings = row.GetFieldValue<string[]>(10),
            SizeBytes = row.GetInt64(11),
            Comment = Text(row, 12),
        };
    }

    private static ConstraintDefinition Constraint(NpgsqlDataReader row) => new(row.GetString(1), Kind(row.GetString(2)), Whole(row))
    {
        Comment = Text(row, 4),
    };

    /// <summary>The server leaves the storage settings of a key's index out of its definition.</summary>
    private static string Whole(NpgsqlDataReader row)
    {
        string definition = row.GetString(3);
        string[] settings = row.GetFieldValue<string[]>(5);
        if (settings.Length == 0 || row.GetString(2) is not ("p" or "u"))
            return definition;
        string[] timings = [" DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"];
        string timing = timings.FirstOrDefault(end => definition.EndsWith(end, StringComparison.Ordinal)) ?? "";
        return $"{definition[..^timing.Length]} WITH ({string.Join(", ", settings.Select(TableBuilder.Setting))}){timing}";
    }

    private static string Kind(string code) => code switch
    {
        "p" => "primary key",
        "u" => "unique",
        "f" => "foreign key",
        "x" => "exclusion",
        _ => "check",
    };
}
