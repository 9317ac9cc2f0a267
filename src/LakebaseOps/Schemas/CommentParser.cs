namespace LakebaseOps.Schemas;

/// <summary>COMMENT ON TABLE, COLUMN, INDEX or CONSTRAINT.</summary>
internal static class CommentParser
{
    /// <summary>Reads what stands behind COMMENT ON.</summary>
    public static void Read(DdlReader reader, DdlTables tables)
    {
        if (reader.Accept("table"))
        {
            DdlToken token = reader.Current;
            tables.Find(reader.TableName(), token).Comment = Text(reader);
        }
        else if (reader.Accept("column"))
        {
            Column(reader, tables);
        }
        else if (reader.Accept("index"))
        {
            DdlToken token = reader.Current;
            (TableDraft table, int index) = tables.FindIndex(reader.TableName("an index name"), token);
            table.Indexes[index] = table.Indexes[index] with { Comment = Text(reader) };
        }
        else if (reader.Accept("constraint"))
        {
            Constraint(reader, tables);
        }
        else
        {
            throw reader.NotSupported($"COMMENT ON {reader.Current.Value.ToUpperInvariant()}");
        }
    }

    private static void Column(DdlReader reader, DdlTables tables)
    {
        DdlToken token = reader.Current;
        // Two parts are table and column, three have the schema before them.
        TableName name = reader.TableName();
        (TableDraft table, string column) = reader.AcceptSymbol(".")
            ? (tables.Find(name, token), reader.Name("a column name"))
            : (tables.Find(reader.Unqualified(name.Schema), token), name.Name);
        string? text = Text(reader);
        if (!table.Change(column, one => one with { Comment = text }))
            throw reader.Syntax(token, $"table {table.Name} has no column '{column}'");
    }

    private static void Constraint(DdlReader reader, DdlTables tables)
    {
        DdlToken token = reader.Current;
        string name = reader.Name("a constraint name");
        reader.Expect("on");
        DdlToken tableToken = reader.Current;
        TableDraft table = tables.Find(reader.TableName(), tableToken);
        int index = table.Constraints.FindIndex(constraint => constraint.Name == name);
        if (index < 0)
            throw reader.Syntax(token, $"table {table.Name} has no constraint '{name}'");
        table.Constraints[index] = table.Constraints[index] with { Comment = Text(reader) };
    }

    private static string? Text(DdlReader reader)
    {
        reader.Expect("is");
        return reader.Accept("null") ? null : reader.String("a string or NULL");
    }
}
