using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Loading.Csv;

/// <summary>How CSV text is laid out: PostgreSQL's own dialect with its options.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="Quote">Begins and ends quoted parts.</param>
/// <param name="Escape">Makes a quote or itself literal within quotes.</param>
internal sealed record CsvDialect(byte Delimiter, byte Quote, byte Escape)
{
    /// <summary>Unquoted field that means NULL.</summary>
    public byte[] Null { get; init; } = [];

    /// <summary>What the first line is.</summary>
    public CsvHeader Header { get; init; }

    /// <summary>What becomes of each field of a record; null when they are the columns in their order.</summary>
    public IReadOnlyList<CsvField>? Fields { get; init; }

    /// <summary>Encoding of the files; null for UTF-8.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>The dialect that options describe.</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static CsvDialect Of(BulkLoadOptions options)
    {
        byte delimiter = Single(options.Delimiter, "Delimiter");
        byte quote = Single(options.Quote, "Quote");
        if (delimiter == quote)
            throw Invalid("Delimiter and Quote are the same character.", "Choose different characters.");
        if (options.Null.AsSpan().IndexOfAny('\r', '\n') >= 0 || options.Null.Contains((char)delimiter, StringComparison.Ordinal)
            || options.Null.Contains((char)quote, StringComparison.Ordinal))
            throw Invalid("Null holds a delimiter, a quote or a line end.", "Choose a text that an unquoted field can hold.");
        return new CsvDialect(delimiter, quote, options.Escape is null ? quote : Single(options.Escape, "Escape"))
        {
            Null = System.Text.Encoding.UTF8.GetBytes(options.Null),
            Header = options.Header ?? (options.Columns is { Count: > 0 } ? CsvHeader.None : CsvHeader.Match),
            Encoding = TextEncodings.Named(options.Encoding),
        };
    }

    /// <summary>All that decides how bytes become fields, for the fingerprint.</summary>
    public string Describe() =>
        $"delimiter {Delimiter}, quote {Quote}, escape {Escape}, null {Convert.ToHexString(Null)}, header {Header}, "
        + $"encoding {Encoding?.WebName ?? "utf-8"}"
        + (Fields is null ? "" : ", fields " + string.Join(' ', Fields.Select(field => string.Create(
            CultureInfo.InvariantCulture, $"{field.Column}{(field.ForceNull ? "n" : "")}{(field.ForceNotNull ? "t" : "")}"))));

    private static byte Single(string text, string name) =>
        text is [var only] && char.IsAscii(only) && only is not ('\r' or '\n' or '\0')
            ? (byte)only
            : throw Invalid($"{name} must be one ASCII character and no line end.", $"Give -{name} as a single character.");

    private static LakebaseException Invalid(string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Remedy = remedy }.ToException();
}

/// <summary>A field of every record.</summary>
/// <param name="Column">Number of the column it is for; -1 when it is not loaded.</param>
/// <param name="ForceNull">A quoted text equal to the null text is NULL too.</param>
/// <param name="ForceNotNull">An unquoted text equal to the null text is that text.</param>
internal readonly record struct CsvField(int Column, bool ForceNull = false, bool ForceNotNull = false);

/// <summary>What ends a line of a file; as in the server, the first line decides.</summary>
internal enum LineEnd
{
    /// <summary>\n.</summary>
    Feed,

    /// <summary>\r\n.</summary>
    ReturnFeed,

    /// <summary>\r.</summary>
    Return,
}
