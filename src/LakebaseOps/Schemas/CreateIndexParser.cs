namespace LakebaseOps.Schemas;

/// <summary>CREATE INDEX.</summary>
internal static class CreateIndexParser
{
    /// <summary>Reads what stands behind CREATE [UNIQUE] INDEX.</summary>
    public static void Read(DdlReader reader, DdlTables tables, DdlToken create, bool isUnique)
    {
        // The tables are new, so nobody writes to them meanwhile.
        reader.Accept("concurrently");
        bool isOptional = reader.Accept("if", "not", "exists");
        string name = reader.IsNext("on") ? "" : reader.Name("an index name");
        reader.Expect("on");
        reader.Accept("only");
        DdlToken token = reader.Current;
        TableDraft table = tables.Find(reader.TableName(), token);
        IndexDefinition index = new()
        {
            Name = name,
            IsUnique = isUnique,
            Method = reader.Accept("using") ? reader.Name("an index method") : "btree",
            Keys = Items(reader),
            Include = reader.Accept("include") ? [.. reader.Names("a column name").Select(SqlName.Written)] : [],
            NullsNotDistinct = NullsNotDistinct(reader),
            StorageSettings = reader.Accept("with") ? StorageParser.Read(reader) : [],
        };
        if (reader.IsNext("tablespace"))
            throw reader.NotSupported("TABLESPACE");
        if (reader.Accept("where"))
        {
            string predicate = reader.Until(static _ => false);
            index = index with { Predicate = predicate.Length > 0 ? predicate : throw reader.Unexpected("a condition") };
        }

        if (name.Length > 0 && table.Indexes.Any(other => other.Name == name))
        {
            if (isOptional)
                return;
            throw reader.Syntax(create, $"index '{name}' is created twice");
        }

        table.Indexes.Add(index);
    }

    private static bool NullsNotDistinct(DdlReader reader)
    {
        if (reader.Accept("nulls", "not", "distinct"))
            return true;
        reader.Accept("nulls", "distinct");
        return false;
    }

    /// <summary>Keys in parentheses; a lone column is written as the catalog writes it, anything else stays as it is.</summary>
    private static List<string> Items(DdlReader reader)
    {
        List<string> items = [];
        reader.ExpectSymbol("(");
        do
        {
            DdlToken first = reader.Current;
            string item = reader.Until(static _ => false);
            if (item.Length == 0)
                throw reader.Unexpected("a column or an expression");
            bool isName = item.Length == first.End - first.Start && first.Kind is DdlTokenKind.Word or DdlTokenKind.QuotedName;
            items.Add(isName ? SqlName.Written(first.Value) : item);
        }
        while (reader.AcceptSymbol(","));
        reader.ExpectSymbol(")");
        return items;
    }
}
