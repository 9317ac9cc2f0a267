namespace LakebaseOps.Schemas;

/// <summary>
/// Cuts SQL into tokens by PostgreSQL's lexical rules: nested comments, doubled quotes, E'', U&amp;'' and dollar-quoted
/// strings, names folded to lower case (ASCII letters only, as the server does for UTF-8).
/// </summary>
internal sealed class DdlTokenizer
{
    private const string Operators = "+-*/<>=~!@#%^&|`?";
    private readonly DdlSource _source;
    private readonly string _text;
    private int _at;

    private DdlTokenizer(DdlSource source)
    {
        _source = source;
        _text = source.Text;
    }

    /// <summary>All tokens of a text; the last one is <see cref="DdlTokenKind.End"/>.</summary>
    /// <exception cref="LakebaseException">DdlSyntax: a string, name or comment is not closed, or a character has no meaning.</exception>
    public static IReadOnlyList<DdlToken> Read(DdlSource source)
    {
        DdlTokenizer tokenizer = new(source);
        List<DdlToken> tokens = [];
        do
            tokens.Add(tokenizer.Next());
        while (tokens[^1].Kind != DdlTokenKind.End);
        return tokens;
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private DdlToken Next()
    {
        SkipBlanksAndComments();
        int start = _at;
        if (start >= _text.Length)
            return new DdlToken(DdlTokenKind.End, "", start, start);
        char first = Peek();
        switch (first)
        {
            case '\'':
                return Token(DdlTokenKind.String, start, Quoted('\''));
            case '"':
                return Name(start, Quoted('"'));
            case 'e' or 'E' when Peek(1) == '\'':
                _at++;
                return Token(DdlTokenKind.String, start, DdlEscapes.Backslashes(EscapedBody(), _source, start));
            case 'b' or 'B' or 'x' or 'X' when Peek(1) == '\'':
                _at++;
                return Token(DdlTokenKind.BitString, start, Quoted('\''));
            case 'n' or 'N' when Peek(1) == '\'':
                _at++;
                return Token(DdlTokenKind.String, start, Quoted('\''));
            case 'u' or 'U' when Peek(1) == '&' && Peek(2) is '\'' or '"':
                _at += 2;
                return Peek() == '"'
                    ? Name(start, DdlEscapes.Unicode(Quoted('"'), _source, start))
                    : Token(DdlTokenKind.String, start, DdlEscapes.Unicode(Quoted('\''), _source, start));
            case '$':
                return Token(DdlTokenKind.String, start, DollarQuoted());
            case '.' when char.IsAsciiDigit(Peek(1)):
                return Number(start);
            case ':' when Peek(1) == ':':
                _at += 2;
                return Token(DdlTokenKind.Symbol, start, "::");
            case '(' or ')' or '[' or ']' or ',' or ';' or '.' or ':':
                _at++;
                return Token(DdlTokenKind.Symbol, start, first.ToString());
        }

        if (char.IsAsciiDigit(first))
            return Number(start);
        if (IsNameStart(first))
        {
            while (IsNameStart(Peek()) || char.IsAsciiDigit(Peek()) || Peek() == '$')
                _at++;
            return Token(DdlTokenKind.Word, start, Fold(_text[start.._at]));
        }

        if (Operators.Contains(first, StringComparison.Ordinal))
            return Operator(start);
        throw _source.Syntax(start, $"the character '{first}' has no meaning here");
    }

    private DdlToken Token(DdlTokenKind kind, int start, string value) => new(kind, value, start, _at);

    private DdlToken Name(int start, string value) => value.Length > 0
        ? Token(DdlTokenKind.QuotedName, start, value)
        : throw _source.Syntax(start, "a quoted name is empty");

    private DdlToken Operator(int start)
    {
        // A comment may begin right behind an operator.
        while (Operators.Contains(Peek(), StringComparison.Ordinal) && Peek() != '\0'
            && !(Peek() == '-' && Peek(1) == '-') && !(Peek() == '/' && Peek(1) == '*'))
            _at++;
        return Token(DdlTokenKind.Symbol, start, _text[start.._at]);
    }

    private DdlToken Number(int start)
    {
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '_' or '.'
            || (Peek() is '+' or '-' && _text[_at - 1] is 'e' or 'E' && !_text.AsSpan(start, 2).StartsWith("0x", StringComparison.OrdinalIgnoreCase)))
            _at++;
        return Token(DdlTokenKind.Number, start, _text[start.._at]);
    }

    private string Quoted(char quote)
    {
        int start = _at++;
        while (_at < _text.Length)
        {
            if (_text[_at] == quote && Peek(1) != quote)
            {
                string body = _text[(start + 1).._at++];
                return body.Replace(new string(quote, 2), quote.ToString(), StringComparison.Ordinal);
            }

            _at += _text[_at] == quote ? 2 : 1;
        }

        throw _source.Syntax(start, quote == '"' ? "a quoted name is not closed" : "a string is not closed");
    }

    private string EscapedBody()
    {
        int start = _at++;
        while (_at < _text.Length)
        {
            if (_text[_at] == '\'' && Peek(1) != '\'')
                return _text[(start + 1).._at++];
            _at += _text[_at] is '\'' or '\\' ? 2 : 1;
        }

        throw _source.Syntax(start, "a string is not closed");
    }

    private string DollarQuoted()
    {
        int start = _at;
        int tagEnd = start + 1;
        while (tagEnd < _text.Length && (IsNameStart(_text[tagEnd]) || (tagEnd > start + 1 && char.IsAsciiDigit(_text[tagEnd]))))
            tagEnd++;
        if (tagEnd >= _text.Length || _text[tagEnd] != '$')
            throw _source.Syntax(start, "the character '$' has no meaning here");
        string tag = _text[start..(tagEnd + 1)];
        int end = _text.IndexOf(tag, tagEnd + 1, StringComparison.Ordinal);
        if (end < 0)
            throw _source.Syntax(start, $"the string that begins with {tag} is not closed");
        _at = end + tag.Length;
        return _text[(tagEnd + 1)..end];
    }

    private void SkipBlanksAndComments()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(Peek()) || Peek() == '\uFEFF')
                _at++;
            else if (Peek() == '-' && Peek(1) == '-')
                _at = _text.IndexOfAny(['\n', '\r'], _at) is int end and >= 0 ? end : _text.Length;
            else if (Peek() == '/' && Peek(1) == '*')
                SkipComment();
            else
                return;
        }
    }

    private void SkipComment()
    {
        int start = _at;
        int depth = 0;
        do
        {
            if (_at >= _text.Length)
                throw _source.Syntax(start, "a comment is not closed");
            int step = (Peek(), Peek(1)) switch { ('/', '*') => 1, ('*', '/') => -1, _ => 0 };
            depth += step;
            _at += step == 0 ? 1 : 2;
        }
        while (depth > 0);
    }

    private static bool IsNameStart(char character) => char.IsAsciiLetter(character) || character == '_' || character >= '\u0080';

    private static string Fold(string name) =>
        string.Create(name.Length, name, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
                target[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
        });
}
