using System.Text;

namespace LakebaseOps.Schemas;

/// <summary>A primary key or unique constraint.</summary>
/// <param name="IsPrimary">True for a primary key.</param>
/// <param name="Columns">Key columns by name.</param>
internal sealed record KeyClause(bool IsPrimary, IReadOnlyList<string> Columns)
{
    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> StorageSettings { get; init; } = [];

    public bool NullsNotDistinct { get; init; }

    /// <summary>DEFERRABLE and INITIALLY, as they are written.</summary>
    public string Timing { get; init; } = "";

    /// <summary>The constraint as SQL, without its name.</summary>
    public string ToSql()
    {
        StringBuilder sql = new(IsPrimary ? "PRIMARY KEY" : NullsNotDistinct ? "UNIQUE NULLS NOT DISTINCT" : "UNIQUE");
        sql.Append(" (").AppendJoin(", ", Columns.Select(SqlName.Written)).Append(')');
        if (Include.Count > 0)
            sql.Append(" INCLUDE (").AppendJoin(", ", Include.Select(SqlName.Written)).Append(')');
        if (StorageSettings.Count > 0)
            sql.Append(" WITH (").AppendJoin(", ", StorageSettings.Select(TableBuilder.Setting)).Append(')');
        return sql.Append(Timing).ToString();
    }
}
