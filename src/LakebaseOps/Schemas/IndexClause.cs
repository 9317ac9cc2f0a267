namespace LakebaseOps.Schemas;

/// <summary>The parts of an index definition as the server writes it.</summary>
/// <param name="Text">Everything behind the table's name, e.g. "USING btree (a DESC) INCLUDE (b)".</param>
/// <param name="Keys">Keys with their options.</param>
/// <param name="Include">INCLUDE columns.</param>
internal sealed record IndexClause(string Text, IReadOnlyList<string> Keys, IReadOnlyList<string> Include)
{
    /// <summary>Takes apart what pg_get_indexdef answers.</summary>
    public static IndexClause Of(string definition)
    {
        IReadOnlyList<DdlToken> tokens = DdlTokenizer.Read(new DdlSource(definition, "pg_get_indexdef"));
        // No name before it can be mistaken for the word: the server quotes a name that is spelled like a keyword.
        int at = Enumerable.Range(0, tokens.Count).First(index => tokens[index].Is("using"));
        string text = definition[tokens[at].Start..];
        IReadOnlyList<string> keys = List(definition, tokens, at + 2, out at);
        IReadOnlyList<string> include = tokens[at].Is("include") ? List(definition, tokens, at + 1, out _) : [];
        return new IndexClause(text, keys, include);
    }

    /// <summary>The items of a list in parentheses, cut at the commas of its own level.</summary>
    private static List<string> List(string text, IReadOnlyList<DdlToken> tokens, int open, out int behind)
    {
        List<string> items = [];
        int depth = 0;
        int from = tokens[open].End;
        for (behind = open; behind < tokens.Count; behind++)
        {
            DdlToken token = tokens[behind];
            if (token.IsSymbol("(") || token.IsSymbol("["))
                depth++;
            else if (token.IsSymbol(")") || token.IsSymbol("]"))
                depth--;
            if (depth == 0 || (depth == 1 && token.IsSymbol(",")))
            {
                items.Add(text[from..token.Start].Trim());
                from = token.End;
            }

            if (depth == 0)
                break;
        }

        behind++;
        return items;
    }
}
