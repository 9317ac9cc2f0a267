namespace LakebaseOps;

/// <summary>A row of a table that is not what it should be.</summary>
public sealed record RowDifference
{
    private readonly IReadOnlyList<string> _columns = [];

    /// <summary>The values of its key as text, with a comma between them; of a table without a key the row itself, cut at 200 characters.</summary>
    public required string Key { get; init; }

    /// <summary>Changed, Missing or Surplus.</summary>
    public required RowDifferenceKind Kind { get; init; }

    /// <summary>The columns with other values, where both tables have an index of the key.</summary>
    public IReadOnlyList<string> Columns { get => _columns; init => _columns = Indexable.Of(value); }

    /// <summary>Where the reference has it, e.g. "orders.csv line 17 (byte 1234)"; null of a reference that is a table.</summary>
    public string? Place { get; init; }

    /// <summary>The row in a few words.</summary>
    public override string ToString() =>
        $"{Key} {(Kind switch { RowDifferenceKind.Changed => "differs", RowDifferenceKind.Missing => "is missing", _ => "is one too many" })}"
        + (Columns.Count > 0 ? $" in {string.Join(", ", Columns)}" : "") + (Place is null ? "" : $" ({Place})");
}

/// <summary>How a row differs from the reference.</summary>
public enum RowDifferenceKind
{
    /// <summary>Both have its key, with other values.</summary>
    Changed,

    /// <summary>Only the reference has it.</summary>
    Missing,

    /// <summary>Only the table has it.</summary>
    Surplus,
}

/// <summary>What makes two rows equal.</summary>
public enum ContentComparison
{
    /// <summary>
    /// Equal values, as the server's own = has it: 1.0 and 1.00, 0 and -0, jsonb in any order of its keys. The servers hash them, so that
    /// no row travels. Types without an equality, enums, and texts that compare by language are compared by their text.
    /// </summary>
    Equality,

    /// <summary>The same bytes in the form that the server sends them in, hashed here.</summary>
    Strict,
}
