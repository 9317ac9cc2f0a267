using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LakebaseOps.Synthesis;

/// <summary>
/// Keys of an entity: the SHA-256 of <c>entity:id</c>. The same id gives the same key in every table of the entity, and
/// the server can compute it too: <c>encode(sha256('card_fingerprint:42'), 'hex')</c>.
/// </summary>
public sealed class SyntheticKey
{
    /// <summary>Bytes of a key as lower-case hexadecimal text.</summary>
    public const int TextLength = 64;

    /// <summary>Bytes of a binary key.</summary>
    public const int BytesLength = SHA256.HashSizeInBytes;

    /// <summary>Characters that a text key may be cut to and still be unique: 128 bits.</summary>
    internal const int LeastTextLength = 32;

    private const int LongestNumber = 20;
    private readonly byte[] _prefix;

    /// <summary>Keys of that entity.</summary>
    public SyntheticKey(string entity)
    {
        ArgumentException.ThrowIfNullOrEmpty(entity);
        Entity = entity;
        _prefix = Encoding.UTF8.GetBytes(entity + ":");
    }

    /// <summary>What the keys identify.</summary>
    public string Entity { get; }

    /// <summary>The key as 64 lower-case hexadecimal characters.</summary>
    public string Text(long id)
    {
        Span<byte> utf8 = stackalloc byte[TextLength];
        WriteText(id, utf8);
        return Encoding.ASCII.GetString(utf8);
    }

    /// <summary>The key's 32 bytes.</summary>
    public byte[] Bytes(long id)
    {
        byte[] hash = new byte[BytesLength];
        WriteBytes(id, hash);
        return hash;
    }

    /// <summary>The key as a UUID: version and variant bits set in its first 16 bytes.</summary>
    public Guid Uuid(long id)
    {
        Span<byte> hash = stackalloc byte[BytesLength];
        WriteBytes(id, hash);
        // RFC 9562, version 8: the rest of the bits is ours.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>Writes the key as 64 lower-case hexadecimal characters.</summary>
    public void WriteText(long id, Span<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[BytesLength];
        WriteBytes(id, hash);
        for (int i = 0; i < hash.Length; i += sizeof(ulong))
            WriteHex(BinaryPrimitives.ReadUInt64BigEndian(hash[i..]), utf8[(2 * i)..]);
    }

    /// <summary>Writes the key's 32 bytes.</summary>
    public void WriteBytes(long id, Span<byte> hash)
    {
        Span<byte> text = stackalloc byte[_prefix.Length + LongestNumber];
        _prefix.CopyTo(text);
        Utf8Formatter.TryFormat(id, text[_prefix.Length..], out int digits);
        SHA256.HashData(text[..(_prefix.Length + digits)], hash);
    }

    private static void WriteHex(ulong value, Span<byte> utf8)
    {
        for (int i = 0; i < 16; i++)
        {
            int digit = (int)(value >> (60 - (4 * i))) & 0xF;
            utf8[i] = (byte)(digit + (digit < 10 ? '0' : 'a' - 10));
        }
    }
}
