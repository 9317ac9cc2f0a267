using System.Text;

namespace LakebaseOps.Loading.Decoding;

/// <summary>Encodings by the names that PostgreSQL, PowerShell and .NET have for them.</summary>
internal static class TextEncodings
{
    /// <summary>The encoding of a name; null for UTF-8, which needs no decoding.</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static Encoding? Named(string name)
    {
        string plain = name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
        if (plain is "" or "UTF8" or "UTF8BOM" or "UTF8NOBOM" or "UNICODEUTF8")
            return null;
        string known = plain switch
        {
            "UTF16" or "UTF16LE" or "UNICODE" => "utf-16",
            "UTF16BE" or "BIGENDIANUNICODE" => "utf-16BE",
            "UTF32" => "utf-32",
            "ASCII" or "USASCII" => "us-ascii",
            "LATIN1" => "iso-8859-1",
            "LATIN2" => "iso-8859-2",
            "LATIN3" => "iso-8859-3",
            "LATIN4" => "iso-8859-4",
            "LATIN5" => "iso-8859-9",
            "LATIN7" => "iso-8859-13",
            "LATIN9" => "iso-8859-15",
            "KOI8R" => "koi8-r",
            "KOI8U" => "koi8-u",
            "SJIS" => "shift_jis",
            "EUCJP" => "euc-jp",
            "EUCKR" => "euc-kr",
            "EUCCN" => "gb2312",
            ['W', 'I', 'N', .. var page] when page.Length is 3 or 4 && page.All(char.IsAsciiDigit) => page == "866" ? "cp866" : page == "874" ? "windows-874" : $"windows-{page}",
            ['I', 'S', 'O', '8', '8', '5', '9', .. var part] => $"iso-8859-{part}",
            _ => name,
        };
        return Find(known) ?? throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'{name}' is no encoding that is known here.")
        { Remedy = "Give utf8, utf16, latin1, win1252 or another name that PostgreSQL or .NET has for it." }.ToException();
    }

    /// <summary>The encoding that a byte order mark at the beginning of a text tells; null when it has none but that of UTF-8.</summary>
    public static Encoding? Marked(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode
        : head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode
        : null;

    private static Encoding? Find(string name)
    {
        try
        {
            // Without registering it: that would change the process of our host.
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
