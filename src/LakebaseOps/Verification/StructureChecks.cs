using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Loading;
using LakebaseOps.Schemas;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification;

/// <summary>The checks of a table's definition, and of what the catalog knows of its constraints, triggers, sequences and owner.</summary>
internal static class StructureChecks
{
    private const string Unvalidated =
        "SELECT conname::text FROM pg_constraint WHERE conrelid = @table AND NOT convalidated ORDER BY 1";

    private const string Disabled =
        "SELECT tgname::text FROM pg_trigger WHERE tgrelid = @table AND tgenabled = 'D' ORDER BY 1";

    private const string Unused =
        """
        SELECT x.relname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = @table AND NOT i.indisunique AND NOT i.indisexclusion AND pg_stat_get_numscans(i.indexrelid) = 0 ORDER BY 1
        """;

    private const string Sequences =
        """
        SELECT a.attname::text, q.oid::regclass::text, pg_sequence_last_value(q.oid)
        FROM pg_depend d JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S' JOIN pg_sequence s ON s.seqrelid = q.oid AND s.seqincrement > 0
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = @table AND d.deptype IN ('a', 'i')
          AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
        ORDER BY a.attnum
        """;

    /// <summary>Columns, constraints, indexes and storage settings are those of the DDL or, where the check was asked for by name, of the reference.</summary>
    public static async Task<Finding> DefinitionAsync(
        NpgsqlConnection connection, TableName table, TestTableOptions options, PostgresSession reference, CancellationToken cancellationToken)
    {
        if (options.Ddl is null)
        {
            return options.Check?.Contains(TableCheckKind.Definition) == true && (options.ReferenceTable ?? options.ReferenceSession) is not null
                ? await LikeReferenceAsync(connection, table, options, reference, cancellationToken).ConfigureAwait(false)
                : Finding.Skip("nothing says how the table should be defined", "Give -Ddl: a file or the text; or ask for -Check Definition beside a reference.");
        }

        DdlDocument document = await DdlText.ParseAsync(options.Ddl, cancellationToken).ConfigureAwait(false);
        if (document.Tables.FirstOrDefault(one => one.Name == table) is not TableDefinition asked)
            return Finding.Skip("-Ddl does not define the table", "Add its CREATE TABLE.");
        IReadOnlyList<string> differences;
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        // Left without a commit: the temporary table that shows how the server reads the DDL goes with it.
        await using (transaction.ConfigureAwait(false))
        {
            TableDefinition actual = await TableCatalog.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
            SchemaWriter writer = new(connection, cancellationToken);
            await writer.LookInAsync(table.Schema).ConfigureAwait(false);
            differences = TableDifference.Between(asked, await writer.NormalizeAsync(asked).ConfigureAwait(false), actual);
        }

        return Alike(differences, "the table of the DDL");
    }

    private static async Task<Finding> LikeReferenceAsync(
        NpgsqlConnection connection, TableName table, TestTableOptions options, PostgresSession reference, CancellationToken cancellationToken)
    {
        TableName like = options.ReferenceTable is null ? table : TableName.Parse(options.ReferenceTable);
        TableDefinition wanted;
        NpgsqlConnection there = await reference.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (there.ConfigureAwait(false))
            wanted = await TableCatalog.ReadAsync(there, like, cancellationToken).ConfigureAwait(false);
        TableDefinition actual = await TableCatalog.ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
        // Under another name its indexes and constraints are called otherwise, too.
        TableDefinition asked = like == table ? wanted : wanted with
        {
            Indexes = [.. wanted.Indexes.Select(index => index with { Name = "" })],
            Constraints = [.. wanted.Constraints.Select(constraint => constraint with { Name = "" })],
        };
        return Alike(TableDifference.Between(asked, wanted, actual), $"the definition of {like} of {reference.Name}");
    }

    private static Finding Alike(IReadOnlyList<string> differences, string what) => Finding.Require(
        differences.Count == 0, what, differences.Count == 0 ? "so it is" : string.Join("; ", differences),
        "Alter the table, or load it again into one that Initialize-LakebaseSchema makes.");

    /// <summary>Every constraint holds for all rows.</summary>
    public static async Task<Finding> InvalidConstraintAsync(NpgsqlConnection connection, TableState facts, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = await NamesAsync(connection, Unvalidated, facts, cancellationToken).ConfigureAwait(false);
        return Finding.Prefer(names.Count == 0, "no constraint NOT VALID", names.Count == 0 ? "none" : string.Join(", ", names),
            "ALTER TABLE … VALIDATE CONSTRAINT, once the rows that break it are corrected.");
    }

    /// <summary>No index is there twice.</summary>
    public static Finding DuplicateIndex(IReadOnlyList<ExistingIndex> indexes)
    {
        string[] twice =
        [
            .. indexes.Where(index => index.IsValid).GroupBy(index => index.Clause, StringComparer.Ordinal).Where(same => same.Count() > 1)
                .Select(same => string.Join(" = ", same.Select(index => index.Name))),
        ];
        return Finding.Prefer(twice.Length == 0, "no index twice", twice.Length == 0 ? "none" : string.Join("; ", twice),
            "Drop the one that no constraint needs; Get-LakebaseIndexAdvice writes the statement.");
    }

    /// <summary>Every index that guards nothing is read.</summary>
    public static async Task<Finding> UnusedIndexAsync(
        NpgsqlConnection connection, TableState facts, TestTableOptions options, CancellationToken cancellationToken)
    {
        using NpgsqlCommand since = new(
            "SELECT now() - coalesce(pg_stat_get_db_stat_reset_time(oid), pg_postmaster_start_time()) FROM pg_database WHERE datname = current_database()",
            connection);
        TimeSpan age = (TimeSpan)(await since.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (age < options.MinStatisticsAge)
            return Finding.Skip($"scans are counted only since {age.TotalDays:0.#} days", "Look again later, or give -MinStatisticsAge.");
        IReadOnlyList<string> names = await NamesAsync(connection, Unused, facts, cancellationToken).ConfigureAwait(false);
        return Finding.Prefer(names.Count == 0, "every index scanned", names.Count == 0 ? "every one" : $"never: {string.Join(", ", names)}",
            "Drop what no query needs; a standby counts its own scans. Get-LakebaseIndexAdvice writes the statements.");
    }

    /// <summary>No trigger is switched off.</summary>
    public static async Task<Finding> DisabledTriggerAsync(NpgsqlConnection connection, TableState facts, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = await NamesAsync(connection, Disabled, facts, cancellationToken).ConfigureAwait(false);
        return Finding.Prefer(names.Count == 0, "no disabled trigger", names.Count == 0 ? "none" : string.Join(", ", names),
            "ALTER TABLE … ENABLE TRIGGER, once you know who switched it off: foreign keys are checked by triggers too.");
    }

    /// <summary>The next value of an identity or serial column is not there yet.</summary>
    public static async Task<Finding> SequenceAsync(NpgsqlConnection connection, TableName table, TableState facts, CancellationToken cancellationToken)
    {
        List<(string Column, string Sequence, long Last)> sequences = [];
        using (NpgsqlCommand command = new(Sequences, connection))
        {
            command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, facts.Oid);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    sequences.Add((row.GetString(0), row.GetString(1), row.IsDBNull(2) ? long.MinValue : row.GetInt64(2)));
            }
        }

        List<string> behind = [];
        foreach ((string column, string sequence, long last) in sequences)
        {
            using NpgsqlCommand command = new($"SELECT max({TableName.Quote(column)})::bigint FROM {table.ToSql()}", connection) { CommandTimeout = 0 };
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long most && most > last)
                behind.Add($"{column} holds {CatalogChecks.Count(most)}, {sequence} {(last == long.MinValue ? "has not begun" : $"is at {CatalogChecks.Count(last)}")}");
        }

        return Finding.Require(behind.Count == 0, "sequences past the greatest value",
            behind.Count > 0 ? string.Join("; ", behind) : sequences.Count == 0 ? "no sequence" : "so they are",
            "SELECT setval(sequence, max(column)): the next row that is inserted would get a value that is there already.");
    }

    /// <summary>The owner is the one that was asked for.</summary>
    public static async Task<Finding> OwnerAsync(
        NpgsqlConnection connection, TableState facts, TestTableOptions options, CancellationToken cancellationToken)
    {
        if (options.Owner is not string owner)
            return Finding.Skip("nobody says whose the table should be", "Give -Owner.");
        using NpgsqlCommand command = new("SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = @table", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, facts.Oid);
        string actual = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        return Finding.Require(actual == owner, owner, actual, "ALTER TABLE … OWNER TO, by a role that is a member of both.");
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(
        NpgsqlConnection connection, string query, TableState facts, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT coalesce(array_agg(q.name), '{{}}') FROM ({query}) q (name)", connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, facts.Oid);
        return (string[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
