namespace LakebaseOps.Schemas;

/// <summary>CREATE TABLE.</summary>
internal static class CreateTableParser
{
    /// <summary>Reads what stands behind CREATE TABLE.</summary>
    public static void Read(DdlReader reader, DdlTables tables)
    {
        bool isOptional = reader.Accept("if", "not", "exists");
        DdlToken token = reader.Current;
        TableDraft table = new(reader.TableName());
        if (!reader.Current.IsSymbol("("))
            throw reader.IsNext("as") || reader.IsNext("of") || reader.IsNext("partition") ? reader.NotSupported() : reader.Unexpected("'('");
        reader.ExpectSymbol("(");
        // What refers to columns is read when all of them are known.
        List<Action> constraints = [];
        if (!reader.AcceptSymbol(")"))
        {
            do
            {
                if (ConstraintParser.IsNext(reader))
                    ConstraintParser.ReadForTable(reader, table, constraints);
                else if (reader.IsNext("like"))
                    throw reader.NotSupported("LIKE");
                else
                    ColumnParser.Read(reader, table, constraints);
            }
            while (reader.AcceptSymbol(","));
            reader.ExpectSymbol(")");
        }

        constraints.ForEach(apply => apply());
        if (reader.Accept("with"))
            table.StorageSettings.AddRange(StorageParser.Read(reader));
        if (!reader.IsAtEndOfStatement)
        {
            throw reader.IsNext("tablespace") || reader.IsNext("inherits") || reader.IsNext("partition") || reader.IsNext("using")
                || reader.IsNext("on") || reader.IsNext("without")
                ? reader.NotSupported()
                : reader.Unexpected("the end of the statement");
        }

        if (!isOptional || !tables.Holds(table.Name))
            tables.Add(table, token);
    }
}
