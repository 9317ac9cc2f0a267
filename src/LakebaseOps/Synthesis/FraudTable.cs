namespace LakebaseOps.Synthesis;

/// <summary>One table of the fraud workload.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Entity">What its key identifies, e.g. "card_fingerprint".</param>
/// <param name="Family">The kind of its features, e.g. "fraud_rates".</param>
/// <param name="WindowDays">Days that its features look back.</param>
/// <param name="RealRows">Rows of the real table.</param>
public sealed record FraudTable(string Name, string Entity, string Family, int WindowDays, long RealRows)
{
    /// <summary>Rows at a share of the real size; never below <see cref="FraudWorkload.LeastRows"/>.</summary>
    public long RowsAt(double scale) => Math.Max(FraudWorkload.LeastRows, (long)Math.Round(RealRows * scale));

    /// <summary>The definition: the key and the family's columns.</summary>
    public TableDefinition Definition(string schema = "public") => new()
    {
        Name = new TableName(schema, Name),
        Columns =
        [
            new ColumnDefinition("hashkey", "text") { NotNull = true },
            .. FraudColumns.Of(Family),
        ],
        Indexes = [new IndexDefinition { Name = "", Keys = ["hashkey"], IsUnique = true, IsPrimary = true, Constraint = "" }],
        Constraints = [new ConstraintDefinition("", "primary key", "PRIMARY KEY (hashkey)")],
    };
}
