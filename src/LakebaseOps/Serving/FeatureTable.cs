namespace LakebaseOps.Serving;

/// <summary>One table of a feature request.</summary>
/// <param name="Name">Schema and name.</param>
/// <param name="Entity">Index of the entity whose key finds its row.</param>
/// <param name="Columns">The key column first, then the others in table order.</param>
internal sealed record FeatureTable(TableName Name, int Entity, IReadOnlyList<FeatureColumn> Columns)
{
    /// <summary>The types of its columns in order; tables of one shape fit one UNION ALL.</summary>
    public string Shape { get; } = string.Join(',', Columns.Select(column => column.Type));

    /// <summary>Index of its first cell in a response.</summary>
    public int FirstCell { get; init; }

    /// <summary>The key column.</summary>
    public FeatureColumn Key => Columns[0];

    /// <summary>Every column of the row with that key.</summary>
    /// <param name="lead">What stands before the columns in the select list.</param>
    /// <param name="columns">The select list.</param>
    /// <param name="parameter">Number of the parameter that carries the key.</param>
    public string Lookup(string lead, IEnumerable<string> columns, int parameter) =>
        $"SELECT {lead}{string.Join(", ", columns)} FROM {Name.ToSql()} AS t WHERE t.{TableName.Quote(Key.Name)} = ${parameter}";
}

/// <summary>One entity of a request.</summary>
/// <param name="Name">Its name; empty when a request has but one.</param>
/// <param name="Keys">How its keys are written and sent.</param>
internal sealed record FeatureEntity(string Name, KeyKind Keys);
