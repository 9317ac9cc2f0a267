using System.Text.RegularExpressions;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// A primary key or unique constraint as two statements: an index, built while the table is read, and the constraint that is made of
/// it, which takes a moment. ADD CONSTRAINT alone would keep everybody from the table for as long as the index takes.
/// </summary>
/// <param name="Index">Builds the index.</param>
/// <param name="Key">Makes the constraint of it.</param>
internal sealed partial record KeySql(string Index, string Key)
{
    /// <summary>Splits a statement; null where it is not as simple as most are.</summary>
    /// <param name="sql">ALTER TABLE … ADD CONSTRAINT … as pg_get_constraintdef writes it.</param>
    /// <param name="table">The table that it names.</param>
    public static KeySql? Of(string sql, TableName table)
    {
        string before = $"ALTER TABLE ONLY {table.ToSql()}";
        if (!sql.StartsWith(before, StringComparison.Ordinal) || Constraint().Match(sql[before.Length..]) is not { Success: true } parts)
            return null;
        string name = parts.Groups["name"].Value;
        string rest = $"{parts.Groups["columns"]}{parts.Groups["include"]}{parts.Groups["nulls"]}{parts.Groups["with"]}";
        return new KeySql(
            $"CREATE UNIQUE INDEX {name} ON {table.ToSql()} USING btree {rest}",
            $"{before} ADD CONSTRAINT {name} {parts.Groups["kind"]} USING INDEX {name}{parts.Groups["deferrable"]}");
    }

    private const string Name = """(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)""";

    [GeneratedRegex(
        $"""^\s+ADD CONSTRAINT (?<name>{Name}) (?<kind>PRIMARY KEY|UNIQUE)(?<nulls> NULLS NOT DISTINCT)? (?<columns>\({Name}(?:, {Name})*\))"""
        + $"""(?<include> INCLUDE \({Name}(?:, {Name})*\))?(?<with> WITH \([a-z_]+='?[a-z0-9]+'?(?:, [a-z_]+='?[a-z0-9]+'?)*\))?"""
        + """(?<deferrable> DEFERRABLE(?: INITIALLY DEFERRED)?)?;?\s*$""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Constraint();
}
