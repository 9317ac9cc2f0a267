namespace LakebaseOps.Schemas;

/// <summary>A column with its column constraints.</summary>
internal static class ColumnParser
{
    /// <summary>Reads one column.</summary>
    public static void Read(DdlReader reader, TableDraft table, List<Action> constraints)
    {
        DdlToken token = reader.Current;
        ColumnDefinition column = new(reader.Name("a column name"), TypeParser.Read(reader));
        if (table.Columns.Any(other => other.Name == column.Name))
            throw reader.Syntax(token, $"column '{column.Name}' occurs twice");
        while (!reader.Current.IsSymbol(",") && !reader.Current.IsSymbol(")") && !reader.IsAtEndOfStatement)
            column = Clause(reader, table, column, constraints);
        table.Columns.Add(column);
    }

    /// <summary>True where the next clause of a column begins, which ends a DEFAULT expression.</summary>
    private static bool BeginsClause(DdlReader reader) =>
        reader.IsNext("constraint") || reader.IsNext("primary", "key") || reader.IsNext("unique") || reader.IsNext("check")
        || reader.IsNext("references") || reader.IsNext("generated") || reader.IsNext("collate") || reader.IsNext("default")
        || reader.IsNext("null") || (reader.IsNext("not") && !reader.IsPrevious("is"));

    private static ColumnDefinition Clause(DdlReader reader, TableDraft table, ColumnDefinition column, List<Action> constraints)
    {
        DdlToken token = reader.Current;
        if (reader.Accept("not", "null"))
            return column with { NotNull = true };
        if (reader.Accept("null"))
            return column.NotNull ? throw reader.Syntax(token, $"column '{column.Name}' is both NULL and NOT NULL") : column;
        if (reader.Accept("collate"))
            return column with { Collation = QualifiedName(reader) };
        if (reader.Accept("default"))
            return WithDefault(reader, column);
        if (reader.Accept("generated"))
            return Generated(reader, column);
        if (reader.IsNext("storage") || reader.IsNext("compression"))
            throw reader.NotSupported();

        string name = reader.Accept("constraint") ? reader.Name("a constraint name") : "";
        if (reader.Accept("not", "null"))
            return column with { NotNull = true };
        ConstraintParser.ReadForColumn(reader, table, column.Name, name, constraints);
        return column;
    }

    private static ColumnDefinition WithDefault(DdlReader reader, ColumnDefinition column)
    {
        string expression = reader.Until(BeginsClause);
        if (expression.Length == 0)
            throw reader.Unexpected("an expression");
        // DEFAULT NULL is what a column has anyway; the catalog does not keep it.
        return string.Equals(expression, "null", StringComparison.OrdinalIgnoreCase) ? column : column with { Default = expression };
    }

    private static ColumnDefinition Generated(DdlReader reader, ColumnDefinition column)
    {
        bool always = reader.Accept("always");
        if (!always)
            reader.Expect("by", "default");
        reader.Expect("as");
        if (reader.Accept("identity"))
        {
            string? options = reader.Current.IsSymbol("(") ? reader.Parenthesised() : null;
            return column with { Identity = always ? "a" : "d", IdentityOptions = options, NotNull = true };
        }

        if (!always)
            throw reader.Unexpected("IDENTITY");
        string expression = reader.Parenthesised();
        bool isVirtual = reader.Accept("virtual");
        if (!isVirtual && !reader.Accept("stored"))
            throw reader.NotSupported("a generated column without STORED or VIRTUAL");
        return column with { Default = expression, IsGenerated = true, IsVirtual = isVirtual };
    }

    private static string QualifiedName(DdlReader reader)
    {
        string name = SqlName.Written(reader.Name("a collation"));
        while (reader.AcceptSymbol("."))
            name = $"{name}.{SqlName.Written(reader.Name("a collation"))}";
        return name.StartsWith("pg_catalog.", StringComparison.Ordinal) ? name["pg_catalog.".Length..] : name;
    }
}
