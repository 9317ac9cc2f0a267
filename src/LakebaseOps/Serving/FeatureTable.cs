namespace LakebaseOps.Serving;

/// <summary>One table of a feature request.</summary>
/// <param name="Name">Schema and name.</param>
/// <param name="Entity">Index of the entity whose key finds its row.</param>
/// <param name="Columns">The key column first, then the others in table order.</param>
internal sealed record FeatureTable(TableName Name, int Entity, IReadOnlyList<FeatureColumn> Columns)
{
    /// <summary>The types of its columns in order; tables of one shape fit one UNION ALL without padding.</summary>
    public string Shape { get; } = string.Join(',', Columns.Select(column => column.Type));

    /// <summary>Its place in the plan.</summary>
    public int Index { get; init; }

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

/// <summary>A kind of request: which of the plan's tables it reads.</summary>
/// <param name="Name">Its name; empty when the plan has but one kind.</param>
/// <param name="Weight">Its share among the requests, relative to the other kinds' weights.</param>
/// <param name="Tables">Its tables, in the plan's order.</param>
internal sealed record FeatureRequest(string Name, double Weight, IReadOnlyList<FeatureTable> Tables)
{
    /// <summary>The entities whose keys it takes, by their place in the plan.</summary>
    public int[] Entities { get; } = [.. Tables.Select(table => table.Entity).Distinct().Order()];

    /// <summary>
    /// The same request in parts: a part for each shape that several tables have, and one of all other tables. A part's
    /// rows need hardly any padding, and its statement few expressions, which the server makes ready in every execution.
    /// </summary>
    public IReadOnlyList<FeatureRequest> Groups()
    {
        ILookup<bool, IGrouping<string, FeatureTable>> shapes =
            Tables.GroupBy(table => table.Shape).ToLookup(group => group.Count() > 1);
        return
        [
            .. shapes[true].Concat([.. shapes[false].SelectMany(group => group).GroupBy(_ => "")])
                .Select(group => Only(group)),
        ];
    }

    /// <summary>The same request of some of its tables.</summary>
    public FeatureRequest Only(IEnumerable<FeatureTable> tables) => new(Name, Weight, [.. tables]);

    /// <summary>Number of the parameter that carries a table's key where a statement takes all of the keys.</summary>
    public int ParameterOf(FeatureTable table) => Array.IndexOf(Entities, table.Entity) + 1;
}
