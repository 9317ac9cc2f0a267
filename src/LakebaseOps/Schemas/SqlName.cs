using System.Collections.Frozen;

namespace LakebaseOps.Schemas;

/// <summary>How names are written in SQL.</summary>
internal static class SqlName
{
    private static readonly FrozenSet<string> ReservedWords = new[]
    {
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary", "both", "case",
        "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog",
        "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "default",
        "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze", "from", "full",
        "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral",
        "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only",
        "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select", "session_user",
        "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique",
        "user", "using", "variadic", "verbose", "when", "where", "window", "with",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a word that cannot name a column or table without quotes.</summary>
    public static bool IsReserved(string word) => ReservedWords.Contains(word);

    /// <summary>The name bare where it reads back as itself, else in quotes.</summary>
    public static string Written(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && !IsReserved(name)
        && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_')
            ? name
            : TableName.Quote(name);
}
