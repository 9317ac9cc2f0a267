using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>
/// SQL taken apart into statements. Npgsql's own way of doing that cuts SQL-standard function bodies (BEGIN ATOMIC …; END) in pieces.
/// </summary>
internal static class SqlStatements
{
    /// <summary>Runs an object's statements, or several objects' together, in one round trip.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            foreach (string statement in Split(sql))
                batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Statements in order, without their semicolons; comments alone are none.</summary>
    public static IReadOnlyList<string> Split(string sql)
    {
        List<string> statements = [];
        (int start, int depth, int atomic, bool any, string last) = (0, 0, 0, false, "");
        for (int at = 0; at < sql.Length;)
        {
            int end = Skip(sql, at);
            if (end > at)
            {
                any |= sql[at] is not '-' and not '/';
                (at, last) = (end, "");
                continue;
            }

            if (IsWord(sql[at]))
            {
                for (end = at; end < sql.Length && IsWord(sql[end]);)
                    end++;
                string word = sql[at..end].ToUpperInvariant();
                // Within a body, CASE … END stands for itself.
                if (word == "ATOMIC" && last == "BEGIN" || atomic > 0 && word is "CASE")
                    atomic++;
                else if (word == "END" && atomic > 0)
                    atomic--;
                (at, last, any) = (end, word, true);
                continue;
            }

            depth += sql[at] is '(' ? 1 : sql[at] is ')' ? -1 : 0;
            any |= !char.IsWhiteSpace(sql[at]) && sql[at] != ';';
            if (sql[at++] == ';' && depth <= 0 && atomic == 0)
            {
                if (any)
                    statements.Add(sql[start..(at - 1)].Trim());
                (start, depth, any) = (at, 0, false);
            }
        }

        if (any)
            statements.Add(sql[start..].Trim());
        return statements;
    }

    /// <summary>The end of the string, quoted name, dollar-quoted text or comment that begins there; the same place when none does.</summary>
    public static int Skip(string sql, int at)
    {
        char next = at + 1 < sql.Length ? sql[at + 1] : '\0';
        switch (sql[at])
        {
            case '\'':
                bool escapes = at > 0 && sql[at - 1] is 'E' or 'e' && (at < 2 || !IsWord(sql[at - 2]));
                return Quoted(sql, at, '\'', escapes);
            case '"':
                return Quoted(sql, at, '"', false);
            case '-' when next == '-':
                return sql.IndexOf('\n', at) is >= 0 and int line ? line + 1 : sql.Length;
            case '/' when next == '*':
                return Comment(sql, at);
            case '$' when at == 0 || !IsWord(sql[at - 1]):
                int tag = at + 1;
                while (tag < sql.Length && IsWord(sql[tag]) && sql[tag] != '$')
                    tag++;
                if (tag >= sql.Length || sql[tag] != '$' || char.IsAsciiDigit(next))
                    return at;
                string mark = sql[at..(tag + 1)];
                int close = sql.IndexOf(mark, tag + 1, StringComparison.Ordinal);
                return close < 0 ? sql.Length : close + mark.Length;
            default:
                return at;
        }
    }

    private static int Quoted(string sql, int at, char quote, bool escapes)
    {
        for (at++; at < sql.Length; at++)
        {
            if (escapes && sql[at] == '\\')
                at++;
            else if (sql[at] == quote && at + 1 < sql.Length && sql[at + 1] == quote)
                at++;
            else if (sql[at] == quote)
                return at + 1;
        }

        return sql.Length;
    }

    private static int Comment(string sql, int at)
    {
        int depth = 0;
        for (; at + 1 < sql.Length; at++)
        {
            if (sql[at] == '/' && sql[at + 1] == '*')
                (depth, at) = (depth + 1, at + 1);
            else if (sql[at] == '*' && sql[at + 1] == '/' && --depth >= 0)
                at++;
            if (depth == 0)
                return at + 1;
        }

        return sql.Length;
    }

    private static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter is '_' or '$' || letter > '\u007f';
}
