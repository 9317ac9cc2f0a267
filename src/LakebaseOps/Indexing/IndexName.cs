using System.Security.Cryptography;
using System.Text;

namespace LakebaseOps.Indexing;

/// <summary>Names of indexes that PostgreSQL keeps whole: at most 63 bytes, and different for different indexes.</summary>
public static class IndexName
{
    /// <summary>
    /// "table_columns_suffix" when that fits into 63 bytes of UTF-8; else the beginning of it, eight hexadecimal digits
    /// of a hash over the whole, and the suffix.
    /// </summary>
    /// <param name="table">The indexed table; an index lives in its schema.</param>
    /// <param name="columns">Key columns or expressions; none for a primary key.</param>
    /// <param name="suffix">"pkey", "key" or "idx".</param>
    public static string For(TableName table, IEnumerable<string> columns, string suffix)
    {
        ArgumentNullException.ThrowIfNull(table);
        string stem = string.Join('_', [table.Name, .. columns.Select(Plain)]);
        string whole = $"{stem}_{suffix}";
        if (Encoding.UTF8.GetByteCount(whole) <= TableName.MaxBytes)
            return whole;
        string hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(whole)).AsSpan(0, 4)).ToLowerInvariant();
        string tail = $"_{hash}_{suffix}";
        return Cut(stem, TableName.MaxBytes - Encoding.UTF8.GetByteCount(tail)) + tail;
    }

    /// <summary>The beginning of a text that fits into a number of bytes; no character is split.</summary>
    internal static string Cut(string text, int bytes)
    {
        StringBuilder kept = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
                break;
            kept.Append(rune);
        }

        return kept.ToString();
    }

    private static string Plain(string key) =>
        string.Concat(key.Where(character => char.IsLetterOrDigit(character) || char.IsSurrogate(character) || character == '_'));
}
