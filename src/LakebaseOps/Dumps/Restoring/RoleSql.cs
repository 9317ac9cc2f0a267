using System.Text;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>Finds and replaces the names of roles in the statements that name some: privileges, policies, owners.</summary>
/// <param name="map">Old name and new name.</param>
internal sealed class RoleSql(IReadOnlyDictionary<string, string> map)
{
    private static readonly HashSet<string> Before = new(StringComparer.OrdinalIgnoreCase) { "TO", "FROM", "ROLE", "BY", "AUTHORIZATION" };
    private static readonly HashSet<string> NoRoles = new(StringComparer.OrdinalIgnoreCase)
        { "PUBLIC", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "GROUP", "DEFAULT" };

    /// <summary>What a role is called on the target.</summary>
    public string Map(string role) => map.GetValueOrDefault(role, role);

    /// <summary>The statement with its roles' names on the target.</summary>
    /// <param name="sql">A statement that names roles behind TO, FROM, FOR ROLE or BY.</param>
    /// <param name="roles">Gets the names on the target.</param>
    public string Replace(string sql, ISet<string> roles)
    {
        StringBuilder text = new();
        bool expects = false;
        int depth = 0;
        for (int at = 0; at < sql.Length;)
        {
            int start = at;
            char first = sql[at];
            if (first == '\'')
            {
                at = End(sql, at, '\'');
                text.Append(sql, start, at - start);
                expects = false;
            }
            else if (first == '"' || char.IsLetter(first) || first == '_')
            {
                bool quoted = first == '"';
                at = quoted ? End(sql, at, '"') : Word(sql, at);
                string token = sql[start..at];
                string name = quoted ? token[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : token;
                bool isRole = expects && depth == 0 && (quoted || !NoRoles.Contains(token));
                if (isRole)
                    roles.Add(Map(name));
                text.Append(isRole && Map(name) != name ? TableName.Quote(Map(name)) : token);
                // A role's name ends with a comma before the next, or with anything else behind the last.
                expects = !quoted && (Before.Contains(token) || (expects && token.Equals("GROUP", StringComparison.OrdinalIgnoreCase)));
                if (isRole || (!quoted && NoRoles.Contains(token)))
                    expects = Follows(sql, at, ',') || (expects && !isRole);
            }
            else
            {
                depth += first == '(' ? 1 : first == ')' ? -1 : 0;
                expects &= first is ',' || char.IsWhiteSpace(first);
                text.Append(first);
                at++;
            }
        }

        return text.ToString();
    }

    private static bool Follows(string sql, int at, char mark)
    {
        while (at < sql.Length && char.IsWhiteSpace(sql[at]))
            at++;
        return at < sql.Length && sql[at] == mark;
    }

    private static int Word(string sql, int at)
    {
        while (at < sql.Length && (char.IsLetterOrDigit(sql[at]) || sql[at] is '_' or '$'))
            at++;
        return at;
    }

    private static int End(string sql, int at, char mark)
    {
        for (at++; at < sql.Length; at++)
        {
            if (sql[at] != mark)
                continue;
            if (at + 1 < sql.Length && sql[at + 1] == mark)
                at++;
            else
                return at + 1;
        }

        return sql.Length;
    }
}
