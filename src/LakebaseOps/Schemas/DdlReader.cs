using System.Text;

namespace LakebaseOps.Schemas;

/// <summary>Walks over the tokens of a text; what it does not find as expected it refuses with line and column.</summary>
internal sealed class DdlReader(DdlSource source, string defaultSchema)
{
    private readonly IReadOnlyList<DdlToken> _tokens = DdlTokenizer.Read(source);
    private int _at;

    /// <summary>The next token.</summary>
    public DdlToken Current => _tokens[_at];

    /// <summary>True at the end of the text or of the statement.</summary>
    public bool IsAtEndOfStatement => Current.Kind == DdlTokenKind.End || Current.IsSymbol(";");

    /// <summary>Takes the next token.</summary>
    public DdlToken Take()
    {
        DdlToken token = Current;
        if (token.Kind != DdlTokenKind.End)
            _at++;
        return token;
    }

    /// <summary>True when the next tokens are these words.</summary>
    public bool IsNext(params ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (_at + i >= _tokens.Count || !_tokens[_at + i].Is(words[i]))
                return false;
        }

        return true;
    }

    /// <summary>Takes these words when they come next.</summary>
    public bool Accept(params ReadOnlySpan<string> words)
    {
        if (!IsNext(words))
            return false;
        _at += words.Length;
        return true;
    }

    /// <summary>Takes that punctuation when it comes next.</summary>
    public bool AcceptSymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol))
            return false;
        _at++;
        return true;
    }

    /// <summary>Takes these words, which must come next.</summary>
    public void Expect(params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
        {
            if (!Accept(word))
                throw Unexpected(word.ToUpperInvariant());
        }
    }

    /// <summary>Takes that punctuation, which must come next.</summary>
    public void ExpectSymbol(string symbol)
    {
        if (!AcceptSymbol(symbol))
            throw Unexpected($"'{symbol}'");
    }

    /// <summary>Takes a name of at most 63 bytes.</summary>
    public string Name(string what)
    {
        DdlToken token = Current;
        if (token.Kind is not (DdlTokenKind.Word or DdlTokenKind.QuotedName))
            throw Unexpected(what);
        if (token.Kind == DdlTokenKind.Word && SqlName.IsReserved(token.Value))
            throw source.Syntax(token.Start, $"'{token.Value}' is a reserved word and cannot be {what} without double quotes");
        int bytes = Encoding.UTF8.GetByteCount(token.Value);
        if (bytes > LakebaseOps.TableName.MaxBytes)
            throw source.LongName(token.Start, token.Value, bytes);
        _at++;
        return token.Value;
    }

    /// <summary>Takes the name of a table, with or without its schema.</summary>
    public TableName TableName(string what = "a table name")
    {
        string first = Name(what);
        return AcceptSymbol(".") ? new TableName(first, Name(what)) : new TableName(defaultSchema, first);
    }

    /// <summary>A table named without its schema.</summary>
    public TableName Unqualified(string name) => new(defaultSchema, name);

    /// <summary>Takes names in parentheses.</summary>
    public IReadOnlyList<string> Names(string what)
    {
        List<string> names = [];
        ExpectSymbol("(");
        do
            names.Add(Name(what));
        while (AcceptSymbol(","));
        ExpectSymbol(")");
        return names;
    }

    /// <summary>Takes a string; pieces on lines of their own are one string, as in SQL.</summary>
    public string String(string what)
    {
        DdlToken token = Current;
        if (token.Kind != DdlTokenKind.String)
            throw Unexpected(what);
        StringBuilder text = new();
        do
        {
            text.Append(token.Value);
            _at++;
            if (Current.Kind != DdlTokenKind.String || !source.Text.AsSpan(token.End, Current.Start - token.End).ContainsAny('\n', '\r'))
                return text.ToString();
            token = Current;
        }
        while (true);
    }

    /// <summary>Takes an expression in parentheses; answers what is between them.</summary>
    public string Parenthesised()
    {
        ExpectSymbol("(");
        DdlToken first = Current;
        string inner = Until(static _ => false);
        if (inner.Length == 0)
            throw source.Syntax(first.Start, "an expression was expected");
        ExpectSymbol(")");
        return inner;
    }

    /// <summary>Takes tokens up to a comma, a closing parenthesis or the statement's end of this level, or to what stops it.</summary>
    /// <returns>The text as it is written; empty when nothing was taken.</returns>
    public string Until(Func<DdlReader, bool> stops)
    {
        int first = _at;
        Stack<string> open = new();
        while (!(open.Count == 0 && (Current.IsSymbol(",") || Current.IsSymbol(")") || (_at > first && stops(this)))) && !IsAtEndOfStatement)
        {
            DdlToken token = Take();
            if (token.IsSymbol("(") || token.IsSymbol("["))
                open.Push(token.Value == "(" ? ")" : "]");
            else if ((token.IsSymbol(")") || token.IsSymbol("]")) && (!open.TryPop(out string? wanted) || wanted != token.Value))
                throw source.Syntax(token.Start, $"'{token.Value}' closes nothing");
        }

        if (open.TryPeek(out string? missing))
            throw Unexpected($"'{missing}'");
        return _at == first ? "" : source.Text[_tokens[first].Start.._tokens[_at - 1].End];
    }

    /// <summary>The word before the next token, or nothing.</summary>
    public bool IsPrevious(string word) => _at > 0 && _tokens[_at - 1].Is(word);

    /// <summary>Something else was expected here.</summary>
    public LakebaseException Unexpected(string expected) =>
        source.Syntax(Current.Start, $"found {Found()} where {expected} was expected");

    /// <summary>The next token begins something that is not understood.</summary>
    public LakebaseException NotSupported(string? what = null) =>
        source.NotSupported(Current.Start, $"{what ?? Found()} is not supported here");

    /// <summary>An error at a token.</summary>
    public LakebaseException Syntax(DdlToken token, string reason) => source.Syntax(token.Start, reason);

    private string Found() => Current.Kind == DdlTokenKind.End
        ? "the end of the text"
        : $"'{Shortened(source.Text[Current.Start..Current.End])}'";

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..37] + "...";
}
