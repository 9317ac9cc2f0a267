using System.Buffers.Text;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Synthesis;

/// <summary>Writes texts, documents, bytes and UUIDs made of random bits.</summary>
internal static class SyntheticText
{
    private const int Longest = 24;

    public static void Write<TWriter>(ulong bits, in SyntheticColumn column, TWriter writer)
        where TWriter : IRowWriter
    {
        Span<byte> buffer = stackalloc byte[40];
        switch (column.Type)
        {
            case SyntheticType.Uuid:
                writer.WriteUuid(Uuid(bits));
                break;
            case SyntheticType.Bytes:
                BitConverter.TryWriteBytes(buffer, bits);
                BitConverter.TryWriteBytes(buffer[8..], SyntheticRandom.Bits(bits, 0));
                writer.WriteBytes(buffer[..16]);
                break;
            case SyntheticType.Json:
                "{\"value\": "u8.CopyTo(buffer);
                Utf8Formatter.TryFormat(bits >> 32, buffer[10..], out int digits);
                buffer[10 + digits] = (byte)'}';
                writer.WriteText(buffer[..(11 + digits)]);
                break;
            default:
                writer.WriteText(buffer[..Letters(bits, Math.Min(column.Length, Longest), buffer)]);
                break;
        }
    }

    private static Guid Uuid(ulong bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, bits);
        BitConverter.TryWriteBytes(bytes[8..], SyntheticRandom.Bits(bits, 0));
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>A word of lower-case letters and digits; at least six letters where they fit.</summary>
    private static int Letters(ulong bits, int most, Span<byte> buffer)
    {
        int least = Math.Min(6, most);
        int length = least + (int)SyntheticRandom.Below(bits, most - least + 1);
        for (int i = 0; i < length; i++)
        {
            if (i % 12 == 0)
                bits = SyntheticRandom.Bits(bits, i);
            buffer[i] = "abcdefghijklmnopqrstuvwxyz234567"u8[(int)(bits & 31)];
            bits >>= 5;
        }

        return length;
    }
}
