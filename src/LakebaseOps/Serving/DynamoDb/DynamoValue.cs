using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Amazon.DynamoDBv2.Model;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>
/// How PostgreSQL's values are held in DynamoDB: integers, floating-point numbers and numeric up to 28 digits as N;
/// timestamps as N, microseconds since 1970-01-01 (UTC); dates as N, days since then; boolean as BOOL; bytea as B; arrays as
/// L; everything else as S. NULL is no attribute.
/// </summary>
internal static class DynamoValue
{
    private const int LongestKey = 2048;
    private const long EpochMicroseconds = 946_684_800_000_000;
    private const int EpochDays = 10_957;
    private const double LeastNumber = 1e-130;
    private const double MostNumber = 9.999999999999999e125;

    /// <summary>A cell of a row.</summary>
    /// <returns>Null for SQL NULL.</returns>
    /// <exception cref="LakebaseException">DynamoDbValue: it cannot be held.</exception>
    public static AttributeValue? Of(FeatureResponse response, FeatureTable table, int column)
    {
        if (response.IsNull(table.Index, column))
            return null;
        try
        {
            CellKind kind = table.Columns[column].Kind;
            return kind == CellKind.Other ? OfObject(response.Value(table.Index, column)!) : OfBytes(kind, response.Bytes(table.Index, column));
        }
        catch (NotSupportedException reason)
        {
            throw Refused($"{reason.Message} in column '{table.Columns[column].Name}' of {table.Name}, key '{response.Value(table.Index, 0)}'", table.Name.ToString());
        }
    }

    /// <summary>A key, such that keys PostgreSQL takes for equal are equal.</summary>
    public static AttributeValue OfKey(KeyKind kind, object key) => key switch
    {
        long number => Number(number),
        Guid uuid => new AttributeValue { S = uuid.ToString() },
        byte[] bytes => new AttributeValue { B = new MemoryStream(bytes, writable: false) },
        _ => new AttributeValue { S = kind == KeyKind.Character ? ((string)key).TrimEnd(' ') : (string)key },
    };

    /// <summary>A key that is to be written.</summary>
    /// <exception cref="LakebaseException">DynamoDbValue: it is empty or too long.</exception>
    public static AttributeValue OfWrittenKey(KeyKind kind, object key, string table)
    {
        AttributeValue value = OfKey(kind, key);
        int length = value.S is { } text ? Encoding.UTF8.GetByteCount(text) : value.B is { } bytes ? (int)bytes.Length : 1;
        return length is > 0 and <= LongestKey ? value
            : throw Refused(length == 0 ? "an empty key" : $"a key of {length:N0} bytes (at most {LongestKey:N0} are allowed)", table);
    }

    /// <summary>Writes an attribute's value into a cell that is NULL so far.</summary>
    /// <exception cref="LakebaseException">ValueNotReadable: it is not of the form in which the column is held.</exception>
    public static void Take(FeatureResponse response, FeatureTable table, int column, AttributeValue value)
    {
        FeatureColumn read = table.Columns[column];
        try
        {
            switch (read.Kind)
            {
                case CellKind.Boolean:
                    response.Set(table, column, 1)[0] = value.BOOL!.Value ? (byte)1 : (byte)0;
                    break;
                case CellKind.Int16:
                    BinaryPrimitives.WriteInt16BigEndian(response.Set(table, column, sizeof(short)), checked((short)Integer(value)));
                    break;
                case CellKind.Int32:
                    BinaryPrimitives.WriteInt32BigEndian(response.Set(table, column, sizeof(int)), checked((int)Integer(value)));
                    break;
                case CellKind.Date:
                    BinaryPrimitives.WriteInt32BigEndian(response.Set(table, column, sizeof(int)), checked((int)Integer(value) - EpochDays));
                    break;
                case CellKind.Int64:
                    BinaryPrimitives.WriteInt64BigEndian(response.Set(table, column, sizeof(long)), Integer(value));
                    break;
                case CellKind.Timestamp or CellKind.TimestampTz:
                    BinaryPrimitives.WriteInt64BigEndian(response.Set(table, column, sizeof(long)), Integer(value) - EpochMicroseconds);
                    break;
                case CellKind.Single:
                    BinaryPrimitives.WriteSingleBigEndian(response.Set(table, column, sizeof(float)), float.Parse(value.N, CultureInfo.InvariantCulture));
                    break;
                case CellKind.Double:
                    BinaryPrimitives.WriteDoubleBigEndian(response.Set(table, column, sizeof(double)), double.Parse(value.N, CultureInfo.InvariantCulture));
                    break;
                case CellKind.Text:
                    Encoding.UTF8.GetBytes(value.S, response.Set(table, column, Encoding.UTF8.GetByteCount(value.S)));
                    break;
                case CellKind.Jsonb:
                    Span<byte> json = response.Set(table, column, 1 + Encoding.UTF8.GetByteCount(value.S));
                    json[0] = 1;
                    Encoding.UTF8.GetBytes(value.S, json[1..]);
                    break;
                case CellKind.Bytes:
                    byte[] bytes = value.B.ToArray();
                    bytes.CopyTo(response.Set(table, column, bytes.Length));
                    break;
                case CellKind.Uuid:
                    Guid.Parse(value.S).TryWriteBytes(response.Set(table, column, 16), bigEndian: true, out _);
                    break;
                default:
                    response.Set(table, column, ToObject(read.Type, value));
                    break;
            }
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or ArgumentNullException or NullReferenceException or InvalidOperationException)
        {
            throw new LakebaseError(ErrorIds.ValueNotReadable, LakebaseErrorKind.InvalidData,
                $"DynamoDB holds no {read.Type} for column '{read.Name}' of {table.Name}.")
            { Target = table.Name.ToString(), Cause = fault, Remedy = "Somebody else changed the item: run Install-LakebaseDynamoDbTable with the same tables." }.ToException();
        }
    }

    /// <summary>Bytes that an attribute counts against the limit of an item, without its name.</summary>
    public static int Size(AttributeValue value) => value switch
    {
        { S: { } text } => Encoding.UTF8.GetByteCount(text),
        { N: { } number } => (number.Length / 2) + 2,
        { B: { } bytes } => (int)bytes.Length,
        { L: { } list } => 3 + list.Sum(one => 1 + Size(one)),
        { M: { } map } => 3 + Size(map) + map.Count,
        _ => 1,
    };

    /// <summary>Bytes that an item, or a map within one, counts.</summary>
    public static int Size(Dictionary<string, AttributeValue> item) => item.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Size(pair.Value));

    /// <summary>The error of something that DynamoDB cannot hold.</summary>
    public static LakebaseException Refused(string what, string table) => new LakebaseError(ErrorIds.DynamoDbValue, LakebaseErrorKind.InvalidData,
        $"DynamoDB cannot hold {what}.")
    { Target = table, Remedy = "Leave the table out, or serve it from a view without such values." }.ToException();

    private static AttributeValue OfBytes(CellKind kind, ReadOnlySpan<byte> bytes) => kind switch
    {
        CellKind.Boolean => new AttributeValue { BOOL = bytes[0] != 0 },
        CellKind.Int16 or CellKind.Int32 or CellKind.Int64 => Number(CellValue.Integer(bytes)),
        CellKind.Single => Number(BinaryPrimitives.ReadSingleBigEndian(bytes), BinaryPrimitives.ReadSingleBigEndian(bytes).ToString("R", CultureInfo.InvariantCulture)),
        CellKind.Double => Number(BinaryPrimitives.ReadDoubleBigEndian(bytes), BinaryPrimitives.ReadDoubleBigEndian(bytes).ToString("R", CultureInfo.InvariantCulture)),
        CellKind.Timestamp or CellKind.TimestampTz => CellValue.Integer(bytes) is long.MinValue or long.MaxValue
            ? throw new NotSupportedException("an infinite time") : Number(CellValue.Integer(bytes) + EpochMicroseconds),
        CellKind.Date => CellValue.Integer(bytes) is int.MinValue or int.MaxValue
            ? throw new NotSupportedException("an infinite date") : Number(CellValue.Integer(bytes) + EpochDays),
        CellKind.Bytes => new AttributeValue { B = new MemoryStream(bytes.ToArray()) },
        CellKind.Uuid => new AttributeValue { S = new Guid(bytes, bigEndian: true).ToString() },
        _ => new AttributeValue { S = (string)CellValue.Of(kind, bytes) },
    };

    private static AttributeValue OfObject(object value) => value switch
    {
        decimal number => new AttributeValue { N = number.ToString(CultureInfo.InvariantCulture) },
        Array { Rank: > 1 } => throw new NotSupportedException("an array of several dimensions"),
        Array list => new AttributeValue { L = [.. list.Cast<object?>().Select(one => one is null ? new AttributeValue { NULL = true } : OfObject(one))] },
        bool flag => new AttributeValue { BOOL = flag },
        short or int or long => Number(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        float number => Number(number, number.ToString("R", CultureInfo.InvariantCulture)),
        double number => Number(number, number.ToString("R", CultureInfo.InvariantCulture)),
        string text => new AttributeValue { S = text },
        _ => throw new NotSupportedException($"a {value.GetType().Name}"),
    };

    private static object ToObject(string type, AttributeValue value) => type switch
    {
        "numeric" => decimal.Parse(value.N, NumberStyles.Float, CultureInfo.InvariantCulture),
        "boolean[]" => ToArray(value, one => one.BOOL!.Value),
        "smallint[]" => ToArray(value, one => checked((short)Integer(one))),
        "integer[]" => ToArray(value, one => checked((int)Integer(one))),
        "bigint[]" => ToArray(value, Integer),
        "real[]" => ToArray(value, one => float.Parse(one.N, CultureInfo.InvariantCulture)),
        "double precision[]" => ToArray(value, one => double.Parse(one.N, CultureInfo.InvariantCulture)),
        _ => value.L.Select(one => one.NULL == true ? null : one.S).ToArray(),
    };

    private static Array ToArray<T>(AttributeValue list, Func<AttributeValue, T> element)
        where T : struct => list.L.Exists(one => one.NULL == true)
        ? list.L.Select(one => one.NULL == true ? (T?)null : element(one)).ToArray()
        : list.L.Select(element).ToArray();

    private static long Integer(AttributeValue value) => long.Parse(value.N, CultureInfo.InvariantCulture);

    private static AttributeValue Number(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    // Zero has no sign there, and PostgreSQL takes the two for equal.
    private static AttributeValue Number(double number, string text) =>
        !double.IsFinite(number) ? throw new NotSupportedException(text)
        : number == 0 ? new AttributeValue { N = "0" }
        : Math.Abs(number) is >= LeastNumber and <= MostNumber ? new AttributeValue { N = text }
        : throw new NotSupportedException($"the number {text}");
}
