namespace LakebaseOps.Schemas;

/// <summary>What a token is.</summary>
internal enum DdlTokenKind
{
    /// <summary>A keyword or an unquoted name; <see cref="DdlToken.Value"/> is folded to lower case as SQL does.</summary>
    Word,

    /// <summary>A name in double quotes; <see cref="DdlToken.Value"/> is the name itself.</summary>
    QuotedName,

    /// <summary>A string in any notation; <see cref="DdlToken.Value"/> is what it stands for.</summary>
    String,

    /// <summary>A bit string (B'…' or X'…').</summary>
    BitString,

    /// <summary>A number as it is written.</summary>
    Number,

    /// <summary>Punctuation or an operator.</summary>
    Symbol,

    /// <summary>The end of the text.</summary>
    End,
}

/// <summary>One token of SQL and where it stands.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">What it stands for, quotes and escapes resolved.</param>
/// <param name="Start">Offset of its first character.</param>
/// <param name="End">Offset behind its last character.</param>
internal readonly record struct DdlToken(DdlTokenKind Kind, string Value, int Start, int End)
{
    /// <summary>True for that unquoted word, given in lower case.</summary>
    public bool Is(string word) => Kind == DdlTokenKind.Word && Value == word;

    /// <summary>True for that punctuation.</summary>
    public bool IsSymbol(string symbol) => Kind == DdlTokenKind.Symbol && Value == symbol;
}
