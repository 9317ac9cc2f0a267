namespace LakebaseOps.Schemas;

/// <summary>The tables read so far; later statements add to them.</summary>
internal sealed class DdlTables(DdlReader reader)
{
    private readonly List<TableDraft> _tables = [];

    /// <summary>True when the text has created that table.</summary>
    public bool Holds(TableName name) => _tables.Any(table => table.Name == name);

    /// <summary>Adds a table.</summary>
    public void Add(TableDraft table, DdlToken token)
    {
        if (Holds(table.Name))
            throw reader.Syntax(token, $"table {table.Name} is created twice");
        _tables.Add(table);
    }

    /// <summary>A table that the text has created before.</summary>
    public TableDraft Find(TableName name, DdlToken token) =>
        _tables.FirstOrDefault(table => table.Name == name)
        ?? throw reader.Syntax(token, $"table {name} is not created above in this text");

    /// <summary>The table that has an index of that name.</summary>
    public (TableDraft Table, int Index) FindIndex(TableName name, DdlToken token)
    {
        foreach (TableDraft table in _tables.Where(table => table.Name.Schema == name.Schema))
        {
            int index = table.Indexes.FindIndex(one => one.Name == name.Name);
            if (index >= 0)
                return (table, index);
        }

        throw reader.Syntax(token, $"index {name} is not created above in this text");
    }

    /// <summary>All tables as definitions.</summary>
    public DdlDocument ToDocument() => new([.. _tables.Select(table => table.ToDefinition())]);
}
