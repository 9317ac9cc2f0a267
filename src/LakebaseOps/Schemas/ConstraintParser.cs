using System.Text;

namespace LakebaseOps.Schemas;

/// <summary>Primary key, unique, check and foreign key constraints of columns and tables.</summary>
internal static class ConstraintParser
{
    /// <summary>True when a table constraint comes next.</summary>
    public static bool IsNext(DdlReader reader) =>
        reader.IsNext("constraint") || reader.IsNext("primary") || reader.IsNext("unique") || reader.IsNext("check")
        || reader.IsNext("foreign") || reader.IsNext("exclude");

    /// <summary>Reads a table constraint.</summary>
    public static void ReadForTable(DdlReader reader, TableDraft table, List<Action> constraints)
    {
        string name = reader.Accept("constraint") ? reader.Name("a constraint name") : "";
        DdlToken token = reader.Current;
        if (reader.Accept("foreign", "key"))
        {
            IReadOnlyList<string> columns = reader.Names("a column name");
            reader.Expect("references");
            string references = References(reader);
            constraints.Add(() => AddForeignKey(reader, table, token, name, columns, references));
        }
        else
        {
            Read(reader, table, name, null, constraints);
        }
    }

    /// <summary>Reads a constraint of one column.</summary>
    public static void ReadForColumn(DdlReader reader, TableDraft table, string column, string name, List<Action> constraints)
    {
        DdlToken token = reader.Current;
        if (reader.Accept("references"))
        {
            string references = References(reader);
            constraints.Add(() => AddForeignKey(reader, table, token, name, [column], references));
        }
        else
        {
            Read(reader, table, name, column, constraints);
        }
    }

    private static void Read(DdlReader reader, TableDraft table, string name, string? column, List<Action> constraints)
    {
        DdlToken token = reader.Current;
        if (reader.Accept("check"))
        {
            string definition = $"CHECK ({reader.Parenthesised()})";
            if (reader.Accept("no", "inherit"))
                definition += " NO INHERIT";
            if (reader.IsNext("not", "valid") || reader.IsNext("not", "enforced"))
                throw reader.NotSupported();
            constraints.Add(() => table.Constraints.Add(new ConstraintDefinition(name, "check", definition)));
        }
        else if (reader.Accept("primary", "key"))
        {
            KeyClause key = Key(reader, isPrimary: true, column);
            constraints.Add(() => table.AddKey(reader, token, name, key));
        }
        else if (reader.Accept("unique"))
        {
            KeyClause key = Key(reader, isPrimary: false, column);
            constraints.Add(() => table.AddKey(reader, token, name, key));
        }
        else if (reader.IsNext("exclude"))
        {
            throw reader.NotSupported("EXCLUDE");
        }
        else
        {
            throw reader.Unexpected(column is null ? "a constraint" : "a column constraint, ',' or ')'");
        }
    }

    private static KeyClause Key(DdlReader reader, bool isPrimary, string? column)
    {
        bool nullsNotDistinct = !isPrimary && reader.Accept("nulls", "not", "distinct");
        if (!isPrimary && !nullsNotDistinct)
            reader.Accept("nulls", "distinct");
        if (reader.IsNext("using", "index"))
            throw reader.NotSupported("USING INDEX");
        KeyClause key = new(isPrimary, column is null ? reader.Names("a column name") : [column])
        {
            NullsNotDistinct = nullsNotDistinct,
            Include = column is null && reader.Accept("include") ? reader.Names("a column name") : [],
            StorageSettings = reader.Accept("with") ? StorageParser.Read(reader) : [],
        };
        if (reader.IsNext("using"))
            throw reader.NotSupported("USING INDEX TABLESPACE");
        return key with { Timing = Timing(reader) };
    }

    /// <summary>A foreign key as the parser writes it, so that two spellings of one can be compared.</summary>
    /// <param name="definition">FOREIGN KEY ... REFERENCES ...</param>
    /// <param name="withColumns">False leaves out the columns referred to, which are the primary key's when not given.</param>
    public static string Canonical(string definition, bool withColumns)
    {
        DdlReader reader = new(new DdlSource(definition, "foreign key"), "public");
        reader.Expect("foreign", "key");
        string columns = string.Join(", ", reader.Names("a column name").Select(SqlName.Written));
        reader.Expect("references");
        return $"FOREIGN KEY ({columns}) {References(reader, withColumns)}";
    }

    private static string References(DdlReader reader, bool withColumns = true)
    {
        StringBuilder sql = new($"REFERENCES {reader.TableName().ToSql()}");
        IReadOnlyList<string> columns = reader.Current.IsSymbol("(") ? reader.Names("a column name") : [];
        if (withColumns && columns.Count > 0)
            sql.Append(" (").AppendJoin(", ", columns.Select(TableName.Quote)).Append(')');
        if (reader.Accept("match"))
            sql.Append(reader.Accept("full") ? " MATCH FULL" : reader.Accept("simple") ? "" : throw reader.NotSupported());
        // In the order of the catalog.
        string update = "";
        string delete = "";
        while (reader.Accept("on"))
        {
            if (reader.Accept("delete"))
                delete = Reaction(reader, " ON DELETE ");
            else if (reader.Accept("update"))
                update = Reaction(reader, " ON UPDATE ");
            else
                throw reader.Unexpected("DELETE or UPDATE");
        }

        return sql.Append(update).Append(delete).Append(Timing(reader)).ToString();
    }

    private static string Reaction(DdlReader reader, string prefix)
    {
        // NO ACTION is what happens anyway; the catalog does not keep it.
        if (reader.Accept("no", "action"))
            return "";
        if (reader.Accept("restrict"))
            return prefix + "RESTRICT";
        if (reader.Accept("cascade"))
            return prefix + "CASCADE";
        reader.Expect("set");
        string value = reader.Accept("null") ? "SET NULL" : reader.Accept("default") ? "SET DEFAULT" : throw reader.Unexpected("NULL or DEFAULT");
        return reader.Current.IsSymbol("(")
            ? $"{prefix}{value} ({string.Join(", ", reader.Names("a column name").Select(TableName.Quote))})"
            : prefix + value;
    }

    private static string Timing(DdlReader reader)
    {
        bool isDeferrable = false;
        bool isDeferred = false;
        while (true)
        {
            if (reader.Accept("deferrable"))
                isDeferrable = true;
            else if (reader.Accept("not", "deferrable"))
                isDeferrable = false;
            else if (reader.Accept("initially", "deferred"))
                isDeferrable = isDeferred = true;
            else if (reader.Accept("initially", "immediate"))
                isDeferred = false;
            else if (reader.IsNext("not", "valid") || reader.IsNext("not", "enforced"))
                throw reader.NotSupported();
            else
                return isDeferred ? " DEFERRABLE INITIALLY DEFERRED" : isDeferrable ? " DEFERRABLE" : "";
        }
    }

    private static void AddForeignKey(
        DdlReader reader, TableDraft table, DdlToken token, string name, IReadOnlyList<string> columns, string references)
    {
        if (columns.FirstOrDefault(column => table.Columns.All(one => one.Name != column)) is string missing)
            throw reader.Syntax(token, $"table {table.Name} has no column '{missing}'");
        table.Constraints.Add(new ConstraintDefinition(
            name, "foreign key", $"FOREIGN KEY ({string.Join(", ", columns.Select(SqlName.Written))}) {references}"));
    }
}
