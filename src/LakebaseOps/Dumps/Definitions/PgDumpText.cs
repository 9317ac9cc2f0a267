using System.Text.RegularExpressions;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>pg_dump's plain text taken apart into objects by the headings that it writes before each.</summary>
internal static partial class PgDumpText
{
    /// <summary>Objects of one section, in pg_dump's order. What no dump carries is passed over.</summary>
    public static IEnumerable<DumpObject> Read(string text, DumpSection section)
    {
        string method = "";
        foreach ((Match heading, string body) in Entries(text))
        {
            (string sql, string next) = TakeMethod(body, method);
            (string kind, string schema, string name) = (heading.Groups["kind"].Value, heading.Groups["schema"].Value, heading.Groups["name"].Value);
            string used = method;
            method = next;
            schema = schema == "-" ? "" : schema;
            if (kind is "PUBLICATION" or "PUBLICATION TABLE" or "PUBLICATION TABLES IN SCHEMA" or "SUBSCRIPTION" or "ENCODING" or "STDSTRINGS" or "SEARCHPATH")
                continue;

            if (schema is "lakebase_ops" or "__db_system" or "pg_catalog" or "information_schema" || (kind is "SCHEMA" && name is "lakebase_ops" or "__db_system")
                || (schema.Length == 0 && name is "SCHEMA lakebase_ops" or "SCHEMA __db_system" or "SCHEMA pg_catalog" or "SCHEMA information_schema"))
                continue;
            // What is said of what is passed over.
            if (schema.Length == 0 && kind == "COMMENT"
                && (name.StartsWith("PUBLICATION ", StringComparison.Ordinal) || name.StartsWith("SUBSCRIPTION ", StringComparison.Ordinal)))
                continue;
            IReadOnlyList<string> statements = SqlStatements.Split(sql);
            if (statements.Count == 0)
                continue;
            string owner = heading.Groups["owner"].Value;
            string? ownerSql = null;
            if (OwnerStatement().IsMatch(statements[^1]) && kind is not "COMMENT" and not "ACL")
            {
                ownerSql = $"{statements[^1]};";
                sql = sql[..sql.LastIndexOf(statements[^1], StringComparison.Ordinal)].Trim();
            }

            if (used is not "" and not "heap" && kind is "TABLE" or "MATERIALIZED VIEW")
                sql = $"SET default_table_access_method = {used};\n{sql}\nSET default_table_access_method = heap;";
            yield return new DumpObject(section, kind, schema, name, sql)
            {
                Owner = ownerSql is null ? "" : owner,
                OwnerSql = ownerSql,
            };
        }
    }

    /// <summary>Headings are those outside of strings and bodies: a comment or a function may quote one.</summary>
    private static IEnumerable<(Match Heading, string Body)> Entries(string text)
    {
        (Match? heading, int start) = (null, 0);
        for (int at = 0; at < text.Length;)
        {
            if (text[at] == '-' && (at == 0 || text[at - 1] == '\n') && Heading().Match(text, at) is { Success: true } next)
            {
                if (heading is not null)
                    yield return (heading, text[start..at]);
                (heading, at, start) = (next, at + next.Length, at + next.Length);
                continue;
            }

            // A line that begins with a backslash is for psql.
            if (text[at] == '\\' && (at == 0 || text[at - 1] == '\n'))
            {
                int line = text.IndexOf('\n', at);
                text = text.Remove(at, (line < 0 ? text.Length : line + 1) - at);
                continue;
            }

            int end = SqlStatements.Skip(text, at);
            at = end > at ? end : at + 1;
        }

        if (heading is not null)
            yield return (heading, text[start..]);
    }

    /// <summary>What the next objects are made with is said behind the one before.</summary>
    private static (string Sql, string Method) TakeMethod(string body, string method)
    {
        string sql = body.Trim();
        if (sql.EndsWith("-- PostgreSQL database dump complete\n--", StringComparison.Ordinal))
            sql = sql[..sql.LastIndexOf("--\n-- PostgreSQL", StringComparison.Ordinal)].Trim();
        while (Setting().Match(sql) is { Success: true } setting)
        {
            if (setting.Groups["name"].Value == "default_table_access_method")
                method = setting.Groups["value"].Value;
            sql = sql[..setting.Index].TrimEnd();
        }

        return (sql, method);
    }

    [GeneratedRegex(@"\G--\n-- Name: (?<name>.*); Type: (?<kind>[A-Z ]+); Schema: (?<schema>.*); Owner: (?<owner>.*?)(; Tablespace: .*)?\n--\n")]
    private static partial Regex Heading();

    [GeneratedRegex(@"(^|\n)SET (?<name>default_tablespace|default_table_access_method) = (?<value>[^;\n]*);\s*$")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\AALTER [A-Z ]+ .* OWNER TO .*\z", RegexOptions.Singleline)]
    private static partial Regex OwnerStatement();
}
