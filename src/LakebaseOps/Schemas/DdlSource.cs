namespace LakebaseOps.Schemas;

/// <summary>A text of DDL with a name for messages; makes errors that say where.</summary>
/// <param name="Text">The text.</param>
/// <param name="Name">A file name, or what else the text came from.</param>
internal sealed record DdlSource(string Text, string? Name)
{
    /// <summary>What the parser understands, for the remedy of a refusal.</summary>
    public const string Supported =
        "Supported are CREATE TABLE, CREATE INDEX, COMMENT ON TABLE, COLUMN, INDEX or CONSTRAINT, " +
        "and ALTER TABLE ... ADD PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY; run anything else with Invoke-LakebaseQuery.";

    /// <summary>Line and column (in characters) of an offset, both from 1.</summary>
    public (int Line, int Column) Position(int offset)
    {
        ReadOnlySpan<char> before = Text.AsSpan(0, Math.Min(offset, Text.Length));
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] == '\n' || (before[i] == '\r' && (i + 1 >= Text.Length || Text[i + 1] != '\n')))
            {
                line++;
                lineStart = i + 1;
            }
        }

        return (line, before.Length - lineStart + 1);
    }

    /// <summary>The text is not SQL as the server would read it.</summary>
    public LakebaseException Syntax(int offset, string reason) =>
        Error(ErrorIds.DdlSyntax, offset, reason, "Correct the statement.");

    /// <summary>The text may be good SQL, yet it is none that is understood here.</summary>
    public LakebaseException NotSupported(int offset, string reason, string remedy = Supported) =>
        Error(ErrorIds.DdlNotSupported, offset, reason, remedy);

    /// <summary>A name is longer than the server keeps.</summary>
    public LakebaseException LongName(int offset, string name, int bytes) => Error(
        ErrorIds.InvalidName, offset, $"'{name}' takes {bytes} bytes and PostgreSQL would cut it at {TableName.MaxBytes}", "Shorten the name.");

    private LakebaseException Error(string id, int offset, string reason, string remedy)
    {
        (int line, int column) = Position(offset);
        string where = $"{Name ?? "DDL"}({line},{column})";
        return new LakebaseError(id, LakebaseErrorKind.InvalidArgument, $"{where}: {reason}.") { Target = where, Remedy = remedy }
            .ToException();
    }
}
