using System.Buffers.Text;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>uuid: 32 hexadecimal digits, as 8-4-4-4-12 or without hyphens.</summary>
internal static class UuidCodec
{
    /// <summary>Reads a value.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out Guid value)
    {
        value = default;
        return text.Length is 36 or 32 && Utf8Parser.TryParse(text, out value, out int used, text.Length == 36 ? 'D' : 'N') && used == text.Length;
    }
}
