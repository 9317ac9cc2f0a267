using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Serving;

/// <summary>A family of key types: how a key is read from text, sent, and recognised in a row.</summary>
internal enum KeyKind
{
    Text,
    Character,
    Integer,
    Uuid,
    Bytes,
}

internal static class Keys
{
    /// <summary>The family of a key column.</summary>
    /// <exception cref="LakebaseException">KeyInvalid: rows cannot be looked up by that type.</exception>
    public static KeyKind KindOf(FeatureColumn column, TableName table) => KindOf(column) ?? throw new LakebaseError(
        ErrorIds.KeyInvalid, LakebaseErrorKind.InvalidArgument,
        $"Column '{column.Name}' of {table} cannot serve as a key: its type is none of text, varchar, char, smallint, integer, bigint, uuid, bytea.")
    { Target = table.ToString(), Remedy = "Name another unique column with -KeyColumn." }.ToException();

    /// <summary>The family of a column, or null when rows cannot be looked up by its type.</summary>
    public static KeyKind? KindOf(FeatureColumn column) => column switch
    {
        { IsCast: false, Type: "text" or "character varying" } => KeyKind.Text,
        { Type: "bpchar" } => KeyKind.Character,
        { Kind: CellKind.Int16 or CellKind.Int32 or CellKind.Int64 } => KeyKind.Integer,
        { Kind: CellKind.Uuid } => KeyKind.Uuid,
        { Kind: CellKind.Bytes } => KeyKind.Bytes,
        _ => null,
    };

    /// <summary>The type a key is sent as, in SQL.</summary>
    public static string SqlType(KeyKind kind) => kind switch
    {
        KeyKind.Text => "text",
        KeyKind.Character => "bpchar",
        KeyKind.Integer => "bigint",
        KeyKind.Uuid => "uuid",
        _ => "bytea",
    };

    /// <summary>A key from its text; bytea as hex digits with or without the leading \x.</summary>
    /// <exception cref="LakebaseException">KeyInvalid.</exception>
    public static object Parse(KeyKind kind, string text)
    {
        try
        {
            return kind switch
            {
                KeyKind.Integer => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                KeyKind.Uuid => Guid.Parse(text),
                KeyKind.Bytes => Convert.FromHexString(text.StartsWith("\\x", StringComparison.Ordinal) ? text[2..]
                    : text),
                _ when text.Contains('\0', StringComparison.Ordinal) =>
                    throw new FormatException("it holds a zero character"),
                _ => text,
            };
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new LakebaseError(ErrorIds.KeyInvalid, LakebaseErrorKind.InvalidArgument,
                $"'{text}' is no key of type {SqlType(kind)}: {exception.Message}")
            { Target = text, Cause = exception,
                Remedy = "Write the key as the key column's type wants it; bytea as hex digits." }.ToException();
        }
    }

    /// <summary>A key as text, as <see cref="Parse"/> reads it.</summary>
    public static string Format(object key) => key switch
    {
        byte[] bytes => "\\x" + Convert.ToHexString(bytes).ToLowerInvariant(),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => key.ToString() ?? "",
    };

    /// <summary>A key column's value such that equal keys are equal objects, whatever the width of their type.</summary>
    public static object? Comparable(object? value) => value switch
    {
        short or int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        byte[] bytes => Format(bytes),
        _ => value,
    };

    /// <summary>A key from a result column.</summary>
    public static object Read(KeyKind kind, NpgsqlDataReader reader, int column) => kind switch
    {
        KeyKind.Integer => Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture),
        KeyKind.Uuid => reader.GetGuid(column),
        KeyKind.Bytes => reader.GetFieldValue<byte[]>(column),
        _ => reader.GetString(column),
    };

    /// <summary>A parameter of that family, without a value yet.</summary>
    public static NpgsqlParameter Parameter(KeyKind kind) => kind switch
    {
        KeyKind.Text => new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text },
        KeyKind.Character => new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Char },
        KeyKind.Integer => new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint },
        KeyKind.Uuid => new NpgsqlParameter<Guid> { NpgsqlDbType = NpgsqlDbType.Uuid },
        _ => new NpgsqlParameter<byte[]> { NpgsqlDbType = NpgsqlDbType.Bytea },
    };

    /// <summary>A parameter that holds several keys.</summary>
    public static NpgsqlParameter ArrayParameter(KeyKind kind, IReadOnlyList<object> keys) => kind switch
    {
        KeyKind.Integer => new NpgsqlParameter<long[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint, TypedValue = [.. keys.Cast<long>()] },
        KeyKind.Uuid => new NpgsqlParameter<Guid[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid, TypedValue = [.. keys.Cast<Guid>()] },
        KeyKind.Bytes => new NpgsqlParameter<byte[][]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, TypedValue = [.. keys.Cast<byte[]>()] },
        _ => new NpgsqlParameter<string[]>
        {
            NpgsqlDbType = NpgsqlDbType.Array | (kind == KeyKind.Text ? NpgsqlDbType.Text : NpgsqlDbType.Char),
            TypedValue = [.. keys.Cast<string>()],
        },
    };

    /// <summary>Gives a parameter of <see cref="Parameter"/> its key without boxing anew.</summary>
    public static void Set(NpgsqlParameter parameter, object key)
    {
        switch (parameter)
        {
            case NpgsqlParameter<string> text:
                text.TypedValue = (string)key;
                break;
            case NpgsqlParameter<long> number:
                number.TypedValue = (long)key;
                break;
            case NpgsqlParameter<Guid> uuid:
                uuid.TypedValue = (Guid)key;
                break;
            default:
                ((NpgsqlParameter<byte[]>)parameter).TypedValue = (byte[])key;
                break;
        }
    }
}
