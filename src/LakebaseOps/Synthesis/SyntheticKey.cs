using System.Buffers.Text;
using System.Runtime.Intrinsics;
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
        return Uuid(hash);
    }

    /// <summary>A key's bytes as a UUID.</summary>
    internal static Guid Uuid(ReadOnlySpan<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[16];
        hash[..16].CopyTo(bytes);
        // RFC 9562, version 8: the rest of the bits is ours.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Writes the key as 64 lower-case hexadecimal characters.</summary>
    public void WriteText(long id, Span<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[BytesLength];
        WriteBytes(id, hash);
        WriteHex(hash, utf8);
    }

    /// <summary>Writes the key's 32 bytes.</summary>
    public void WriteBytes(long id, Span<byte> hash)
    {
        Span<byte> text = stackalloc byte[_prefix.Length + LongestNumber];
        SHA256.HashData(text[..WriteMessage(id, text)], hash);
    }

    /// <summary>Writes the keys of consecutive ids, each of 32 bytes.</summary>
    /// <param name="first">The first id.</param>
    /// <param name="hashes">Receives the keys.</param>
    /// <param name="count">How many keys.</param>
    public void WriteBytes(long first, Span<byte> hashes, int count)
    {
        int done = 0;
        if (Sha256Lanes.IsSupported && _prefix.Length + LongestNumber <= Sha256Lanes.LongestMessage)
        {
            Span<byte> blocks = stackalloc byte[Sha256Lanes.Lanes * Sha256Lanes.BlockBytes];
            for (; done + Sha256Lanes.Lanes <= count; done += Sha256Lanes.Lanes)
            {
                for (int lane = 0; lane < Sha256Lanes.Lanes; lane++)
                {
                    Span<byte> block = blocks.Slice(lane * Sha256Lanes.BlockBytes, Sha256Lanes.BlockBytes);
                    Sha256Lanes.Pad(block, WriteMessage(first + done + lane, block));
                }

                Sha256Lanes.Hash(blocks, hashes[(done * BytesLength)..]);
            }
        }

        for (; done < count; done++)
            WriteBytes(first + done, hashes.Slice(done * BytesLength, BytesLength));
    }

    /// <summary>A key's bytes as lower-case hexadecimal characters.</summary>
    internal static void WriteHex(ReadOnlySpan<byte> hash, Span<byte> utf8)
    {
        (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Create(hash[..BytesLength]));
        Digits(low).CopyTo(utf8);
        Digits(high).CopyTo(utf8[BytesLength..]);
    }

    // Each word holds one byte: its high half becomes the first character, its low half the second.
    private static Vector256<byte> Digits(Vector256<ushort> bytes)
    {
        Vector256<byte> digits = ((bytes >>> 4) | ((bytes & Vector256.Create((ushort)0x0F)) << 8)).AsByte();
        Vector256<byte> letters = Vector256.GreaterThan(digits, Vector256.Create((byte)9)) & Vector256.Create((byte)('a' - 10 - '0'));
        return digits + Vector256.Create((byte)'0') + letters;
    }

    private int WriteMessage(long id, Span<byte> message)
    {
        _prefix.CopyTo(message);
        Utf8Formatter.TryFormat(id, message[_prefix.Length..], out int digits);
        return _prefix.Length + digits;
    }
}
