namespace LakebaseOps.Schemas;

/// <summary>A table while it is read from DDL.</summary>
internal sealed class TableDraft(TableName name)
{
    public TableName Name { get; } = name;

    public List<ColumnDefinition> Columns { get; } = [];

    public List<IndexDefinition> Indexes { get; } = [];

    public List<ConstraintDefinition> Constraints { get; } = [];

    public List<string> StorageSettings { get; } = [];

    public string? Comment { get; set; }

    /// <summary>Changes a column; false when there is none of that name.</summary>
    public bool Change(string column, Func<ColumnDefinition, ColumnDefinition> change)
    {
        int index = Columns.FindIndex(one => one.Name == column);
        if (index >= 0)
            Columns[index] = change(Columns[index]);
        return index >= 0;
    }

    /// <summary>Adds a primary key or unique constraint with the index that backs it.</summary>
    public void AddKey(DdlReader reader, DdlToken token, string constraint, KeyClause key)
    {
        if (key.IsPrimary && Indexes.Any(index => index.IsPrimary))
            throw reader.Syntax(token, $"table {Name} has two primary keys");
        foreach (string column in key.Columns.Concat(key.Include))
        {
            if (!Change(column, one => key.IsPrimary && key.Columns.Contains(column) ? one with { NotNull = true } : one))
                throw reader.Syntax(token, $"table {Name} has no column '{column}'");
        }

        Constraints.Add(new ConstraintDefinition(constraint, key.IsPrimary ? "primary key" : "unique", key.ToSql()));
        Indexes.Add(new IndexDefinition
        {
            Name = constraint,
            Keys = [.. key.Columns.Select(SqlName.Written)],
            Include = [.. key.Include.Select(SqlName.Written)],
            IsUnique = true,
            IsPrimary = key.IsPrimary,
            NullsNotDistinct = key.NullsNotDistinct,
            StorageSettings = key.StorageSettings,
            Constraint = constraint,
        });
    }

    public TableDefinition ToDefinition() => new()
    {
        Name = Name,
        Columns = [.. Columns],
        Indexes = [.. Indexes.OrderByDescending(index => index.IsPrimary)],
        Constraints = [.. Constraints.OrderByDescending(constraint => constraint.Kind == "primary key")],
        StorageSettings = [.. StorageSettings],
        Comment = Comment,
    };
}
