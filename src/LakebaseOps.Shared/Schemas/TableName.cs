using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LakebaseOps;

/// <summary>
/// A table's name with its schema. Names are taken as they are written (no case folding); a part that holds a dot or a
/// double quote is written in double quotes: <c>"odd.schema"."my ""table"""</c>.
/// </summary>
/// <param name="Schema">Schema; "public" when not given.</param>
/// <param name="Name">Name of the table within its schema.</param>
public sealed record TableName(string Schema, string Name)
{
    /// <summary>The longest name PostgreSQL keeps, in bytes of UTF-8.</summary>
    public const int MaxBytes = 63;

    /// <summary>Reads <c>name</c>, <c>schema.name</c> or either part in double quotes.</summary>
    /// <exception cref="LakebaseException">InvalidName: empty, unbalanced quotes, more than two parts or over 63 bytes.</exception>
    public static TableName Parse(string text, string defaultSchema = "public")
    {
        if (!TryParse(text, defaultSchema, out TableName? name, out string? reason))
        {
            throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument,
                $"'{text}' is not a table name: {reason}.")
            {
                Target = text,
                Remedy = "Write name, schema.name or \"quoted.schema\".\"quoted name\", each part 1 to 63 bytes of UTF-8.",
            }.ToException();
        }

        return name;
    }

    /// <summary>Reads a name without throwing.</summary>
    public static bool TryParse(
        string? text, string defaultSchema, [NotNullWhen(true)] out TableName? name, [NotNullWhen(false)] out string? reason)
    {
        name = null;
        List<string> parts = [];
        int at = 0;
        text ??= "";
        while (true)
        {
            StringBuilder part = new();
            if (at < text.Length && text[at] == '"')
            {
                at++;
                while (true)
                {
                    if (at >= text.Length)
                    {
                        reason = "a double quote is not closed";
                        return false;
                    }

                    if (text[at] == '"' && (at + 1 >= text.Length || text[at + 1] != '"'))
                        break;
                    at += text[at] == '"' ? 1 : 0;
                    part.Append(text[at++]);
                }

                at++;
            }
            else
            {
                while (at < text.Length && text[at] != '.')
                    part.Append(text[at++]);
            }

            parts.Add(part.ToString());
            if (at >= text.Length)
                break;
            if (text[at] != '.')
            {
                reason = "there is text after a closing quote";
                return false;
            }

            at++;
        }

        reason = parts.Count > 2 ? "it has more than two parts" : parts.Select(Fault).FirstOrDefault(fault => fault is not null);
        if (reason is not null)
            return false;
        name = parts.Count == 2 ? new TableName(parts[0], parts[1]) : new TableName(defaultSchema, parts[0]);
        return true;
    }

    /// <summary>The name as this type reads it back, quoted only where it must be.</summary>
    public override string ToString() => $"{Written(Schema)}.{Written(Name)}";

    /// <summary>The name as SQL: both parts quoted.</summary>
    public string ToSql() => $"{Quote(Schema)}.{Quote(Name)}";

    /// <summary>An identifier in double quotes, inner quotes doubled.</summary>
    public static string Quote(string identifier)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        return $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Written(string part) => part.AsSpan().IndexOfAny('.', '"') < 0 ? part : Quote(part);

    private static string? Fault(string part) => part switch
    {
        "" => "a part is empty",
        _ when part.Contains('\0', StringComparison.Ordinal) => "it holds a zero character",
        _ when Encoding.UTF8.GetByteCount(part) > MaxBytes =>
            $"'{part}' takes {Encoding.UTF8.GetByteCount(part)} bytes and PostgreSQL would cut it at {MaxBytes}",
        _ => null,
    };
}
