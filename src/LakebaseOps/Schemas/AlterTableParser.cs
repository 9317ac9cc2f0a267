namespace LakebaseOps.Schemas;

/// <summary>ALTER TABLE ... ADD of constraints, as dumps write them.</summary>
internal static class AlterTableParser
{
    /// <summary>Reads what stands behind ALTER TABLE.</summary>
    public static void Read(DdlReader reader, DdlTables tables)
    {
        reader.Accept("if", "exists");
        reader.Accept("only");
        DdlToken token = reader.Current;
        TableDraft table = tables.Find(reader.TableName(), token);
        List<Action> constraints = [];
        do
        {
            if (!reader.IsNext("add"))
                throw reader.NotSupported($"ALTER TABLE ... {reader.Current.Value.ToUpperInvariant()}");
            reader.Take();
            if (!ConstraintParser.IsNext(reader))
                throw reader.NotSupported("ALTER TABLE ... ADD of anything but a constraint");
            ConstraintParser.ReadForTable(reader, table, constraints);
        }
        while (reader.AcceptSymbol(","));
        constraints.ForEach(apply => apply());
    }
}
