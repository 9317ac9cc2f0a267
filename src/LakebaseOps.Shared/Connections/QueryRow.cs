namespace LakebaseOps;

/// <summary>One row of a query's result; Invoke-LakebaseQuery shows it as an object with a property for each column.</summary>
/// <param name="Columns">The columns' names, each once, in the order of the query; shared by all rows of a result set.</param>
/// <param name="Values">The columns' values; SQL NULL is null.</param>
public sealed record QueryRow(IReadOnlyList<string> Columns, IReadOnlyList<object?> Values)
{
    /// <summary>The columns' names, each once, in the order of the query; shared by all rows of a result set.</summary>
    public IReadOnlyList<string> Columns { get; init => field = Indexable.Of(value); } = Indexable.Of(Columns);

    /// <summary>The columns' values; SQL NULL is null.</summary>
    public IReadOnlyList<object?> Values { get; init => field = Indexable.Of(value); } = Indexable.Of(Values);

    /// <summary>Which of the query's result sets the row belongs to, from 0.</summary>
    public int ResultSet { get; init; }

    /// <summary>The value of a column; null when there is none of that name.</summary>
    public object? this[string column]
    {
        get
        {
            for (int at = 0; at < Columns.Count; at++)
            {
                if (string.Equals(Columns[at], column, StringComparison.OrdinalIgnoreCase))
                    return Values[at];
            }

            return null;
        }
    }
}
