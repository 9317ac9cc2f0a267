using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Loading;

/// <summary>Everything that is decided about the load of one table before anything is written.</summary>
internal sealed record LoadPlan
{
    /// <summary>The table.</summary>
    public required TableName Table { get; init; }

    /// <summary>Replace, Append or Upsert.</summary>
    public required BulkLoadMode Mode { get; init; }

    /// <summary>Where the rows come from.</summary>
    public required LoadSource Source { get; init; }

    /// <summary>Parallel streams.</summary>
    public required int Streams { get; init; }

    /// <summary>The table as it is, or as DDL describes it; every index has a name.</summary>
    public required TableDefinition Shape { get; init; }

    /// <summary>The live table itself; null when the swap will create it.</summary>
    public uint? LiveOid { get; init; }

    /// <summary>The table that is filled before the swap.</summary>
    public required TableName Stage { get; init; }

    /// <summary>Indexes to build on the stage, with the names they have until the swap.</summary>
    public required IReadOnlyList<StageIndex> Indexes { get; init; }

    /// <summary>Constraints that bring an index of their own: exclusion and deferrable ones.</summary>
    public required IReadOnlyList<StageConstraint> Constraints { get; init; }

    /// <summary>Whether the server takes a timestamptz without a zone for UTC.</summary>
    public bool ZoneIsUtc { get; init; }

    /// <summary>How the load is proved before the swap.</summary>
    public LoadProof Proof { get; init; }

    /// <summary>What holds the load back.</summary>
    public LoadLimits Limits { get; init; } = new(null, null);

    /// <summary>How many rows may be refused.</summary>
    public RejectPolicy Rejects { get; init; } = RejectPolicy.Strict;

    /// <summary>The file that refused rows are written to; null for none.</summary>
    public string? RejectPath { get; init; }

    /// <summary>Keep the replaced table.</summary>
    public bool KeepPrevious { get; init; }

    /// <summary>Leave VACUUM out.</summary>
    public bool SkipVacuum { get; init; }

    /// <summary>What happens to rows whose key is there already; null when such a row is an error.</summary>
    public Merging.LoadMerge? Merge { get; init; }

    /// <summary>What happens to the indexes of a table that rows are added to; null where a stage is swapped in.</summary>
    public Appending.IndexStrategy? IndexStrategy { get; init; }

    /// <summary>What refers to the table and is pointed to its successor by the swap.</summary>
    public IReadOnlyList<Staging.Dependent> Dependents { get; init; } = [];

    /// <summary>Publications that the table is in; null for none.</summary>
    public string? Publications { get; init; }

    /// <summary>Bytes that the rows to come will occupy with their indexes, about; null when that shows only while reading.</summary>
    public long? PlannedBytes { get; init; }

    /// <summary>What the server has left for that.</summary>
    public Space.ServerSpace? Space { get; init; }

    /// <summary>What must be equal for a load to be the same.</summary>
    public IReadOnlyDictionary<string, string> Fingerprint => new SortedDictionary<string, string>(
        Source.Fingerprint
            .Append(KeyValuePair.Create("mode", Mode.ToString()))
            .Concat(Merge is null ? [] : [KeyValuePair.Create("conflict", Merge.Fingerprint)])
            .Append(KeyValuePair.Create("table columns", string.Join(", ", Shape.Columns.Select(column => $"{column.Name} {column.Type}"))))
            .ToDictionary(), StringComparer.Ordinal);

    /// <summary>The table that rows are sent to.</summary>
    public TableName Target => Mode == BulkLoadMode.Replace ? Stage : Table;

    /// <summary>The plan as one line each for the table and its phases.</summary>
    public IEnumerable<string> Describe()
    {
        string size = Source.TotalRows is long rows ? $"{rows:N0} rows"
            : Source.TotalBytes is long bytes ? $"{bytes:N0} bytes" : "a size that shows only while reading";
        string encoding = Source.TextReason is null ? "binary" : $"text ({Source.TextReason})";
        yield return $"{Table}: {size} from {Source.Description}, {Streams} streams, {encoding}";
        foreach (string detail in Source.Details)
            yield return $"    {detail}";
        if (Space is not null)
            yield return $"  Space: {Loading.Space.SpaceCheck.Describe(PlannedBytes, Space)}";
        if (Mode != BulkLoadMode.Replace)
        {
            if (Merge is not null)
                yield return $"  Merge: {Merge.Describe()}";
            if (IndexStrategy is not null)
                yield return $"  Indexes: {IndexStrategy.Reason}";
            if (IndexStrategy is { Rebuilt.Count: > 0 })
                yield return "  Until they are built again, queries that use them read the whole table";
            yield return $"  Load into the table as it is{(SkipVacuum ? "" : ", then VACUUM (ANALYZE)")}";
            yield break;
        }

        yield return $"  Stage {Stage}";
        yield return $"  Load, then build {Indexes.Count + Constraints.Count} indexes{(SkipVacuum ? "" : ", then VACUUM (FREEZE, ANALYZE)")}";
        yield return LiveOid is null ? "  Swap: the table is created"
            : KeepPrevious ? "  Swap: the present table is kept under another name" : "  Swap: the present table is dropped";
        if (Dependents.Count > 0)
            yield return $"  Point to the new table: {string.Join(", ", Dependents.Select(dependent => dependent.Name))}";
        if (Dependents.Any(dependent => dependent.Kind == "ForeignKey"))
            yield return "  Check these foreign keys against the new rows while both tables are locked";
        if (Publications is not null)
            yield return $"  Published by {Publications}: subscribers do not get the loaded rows";
    }
}

/// <summary>An index to build on the stage.</summary>
/// <param name="Definition">What to build.</param>
/// <param name="StageName">Its name until the swap.</param>
internal sealed record StageIndex(IndexDefinition Definition, string StageName)
{
    /// <summary>Its name from the swap on.</summary>
    public string Name => Definition.Name;
}

/// <summary>A constraint to add to the stage.</summary>
/// <param name="Definition">What to add.</param>
/// <param name="StageName">Its name until the swap.</param>
internal sealed record StageConstraint(ConstraintDefinition Definition, string StageName)
{
    /// <summary>Its name from the swap on.</summary>
    public string Name => Definition.Name;
}
