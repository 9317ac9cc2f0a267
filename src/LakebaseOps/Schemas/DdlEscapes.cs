using System.Buffers;
using System.Globalization;
using System.Text;

namespace LakebaseOps.Schemas;

/// <summary>Resolves the escapes of E'' and U&amp;'' strings.</summary>
internal static class DdlEscapes
{
    /// <summary>What the body of an E'' string stands for.</summary>
    public static string Backslashes(string body, DdlSource source, int offset)
    {
        // \ooo and \xhh give bytes, of which several may make up one character: so everything is collected as UTF-8.
        ArrayBufferWriter<byte> bytes = new(body.Length + 8);
        int at = 0;
        while (at < body.Length)
        {
            int run = at;
            while (at < body.Length && body[at] is not ('\\' or '\''))
                at++;
            Encoding.UTF8.GetBytes(body.AsSpan(run, at - run), bytes);
            if (at >= body.Length)
                break;
            if (body[at] == '\'' || at + 1 >= body.Length)
            {
                Append(bytes, body[at]);
                at += 2;
                continue;
            }

            char code = body[at + 1];
            at += 2;
            switch (code)
            {
                case 'b': Append(bytes, '\b'); break;
                case 'f': Append(bytes, '\f'); break;
                case 'n': Append(bytes, '\n'); break;
                case 'r': Append(bytes, '\r'); break;
                case 't': Append(bytes, '\t'); break;
                case 'u': AppendRune(bytes, Digits(body, ref at, 4, source, offset), source, offset); break;
                case 'U': AppendRune(bytes, Digits(body, ref at, 8, source, offset), source, offset); break;
                case 'x' when at < body.Length && char.IsAsciiHexDigit(body[at]):
                    bytes.Write([(byte)Number(body, ref at, 2, 16)]);
                    break;
                case >= '0' and <= '7':
                    at--;
                    bytes.Write([(byte)Number(body, ref at, 3, 8)]);
                    break;
                default: Append(bytes, code); break;
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>What the body of a U&amp;'' string or name stands for.</summary>
    public static string Unicode(string body, DdlSource source, int offset)
    {
        StringBuilder text = new(body.Length);
        for (int at = 0; at < body.Length;)
        {
            if (body[at] != '\\')
            {
                text.Append(body[at++]);
            }
            else if (at + 1 < body.Length && body[at + 1] == '\\')
            {
                text.Append('\\');
                at += 2;
            }
            else
            {
                int digits = at + 1 < body.Length && body[at + 1] == '+' ? 6 : 4;
                at += digits == 6 ? 2 : 1;
                int code = Digits(body, ref at, digits, source, offset);
                // Two escapes may be the halves of a surrogate pair.
                text.Append(code <= char.MaxValue ? ((char)code).ToString()
                    : Rune.TryCreate(code, out Rune rune) ? rune.ToString()
                    : throw source.Syntax(offset, "a Unicode escape names no character"));
            }
        }

        return text.ToString();
    }

    private static void Append(ArrayBufferWriter<byte> bytes, char character) =>
        Encoding.UTF8.GetBytes([character], bytes);

    private static void AppendRune(ArrayBufferWriter<byte> bytes, int code, DdlSource source, int offset)
    {
        if (!Rune.TryCreate(code, out Rune rune))
            throw source.Syntax(offset, "a Unicode escape names no character");
        Encoding.UTF8.GetBytes(rune.ToString(), bytes);
    }

    private static int Digits(string body, ref int at, int count, DdlSource source, int offset)
    {
        if (at + count > body.Length
            || !int.TryParse(body.AsSpan(at, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
            throw source.Syntax(offset, $"a Unicode escape needs {count} hexadecimal digits");
        at += count;
        return code;
    }

    private static int Number(string body, ref int at, int most, int radix)
    {
        int value = 0;
        for (int i = 0; i < most && at < body.Length; i++, at++)
        {
            int digit = char.IsAsciiHexDigit(body[at]) ? Convert.ToInt32(body[at].ToString(), 16) : radix;
            if (digit >= radix)
                break;
            value = (value * radix) + digit;
        }

        return value & 0xFF;
    }
}
