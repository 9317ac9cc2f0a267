namespace LakebaseOps.Schemas;

/// <summary>
/// Reads DDL: CREATE TABLE, CREATE INDEX, COMMENT ON and ALTER TABLE ... ADD of a key, check or foreign key. Names fold to
/// lower case unless quoted, types are written as the catalog writes them, expressions are kept as they stand. Anything
/// else is refused with source, line and column: what is not understood is never left out silently.
/// </summary>
public static class DdlParser
{
    /// <summary>Reads a text.</summary>
    /// <param name="text">The DDL.</param>
    /// <param name="sourceName">Its file's name, for messages.</param>
    /// <param name="defaultSchema">Schema of tables that are named without one.</param>
    /// <exception cref="LakebaseException">DdlSyntax, DdlNotSupported, InvalidName.</exception>
    public static DdlDocument Parse(string text, string? sourceName = null, string defaultSchema = "public")
    {
        ArgumentNullException.ThrowIfNull(text);
        DdlReader reader = new(new DdlSource(text, sourceName), defaultSchema);
        DdlTables tables = new(reader);
        while (reader.Current.Kind != DdlTokenKind.End)
        {
            if (reader.AcceptSymbol(";"))
                continue;
            if (reader.IsNext("create"))
                Create(reader, tables);
            else if (reader.Accept("comment", "on"))
                CommentParser.Read(reader, tables);
            else if (reader.Accept("alter", "table"))
                AlterTableParser.Read(reader, tables);
            else
                throw reader.NotSupported();
            if (!reader.IsAtEndOfStatement)
                throw reader.Unexpected("the end of the statement");
        }

        return tables.ToDocument();
    }

    private static void Create(DdlReader reader, DdlTables tables)
    {
        DdlToken create = reader.Take();
        if (reader.Accept("table"))
            CreateTableParser.Read(reader, tables);
        else if (reader.Accept("index"))
            CreateIndexParser.Read(reader, tables, create, isUnique: false);
        else if (reader.Accept("unique", "index"))
            CreateIndexParser.Read(reader, tables, create, isUnique: true);
        else
            throw reader.NotSupported($"CREATE {reader.Current.Value.ToUpperInvariant()}");
    }
}
