using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Verification.Content;

/// <summary>Binary fields as a person reads them, to name rows by.</summary>
internal static class FieldText
{
    private const int Longest = 200;
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Some fields of a row; all of them, cut, when none is named.</summary>
    public static string[] Of(ReadOnlySpan<byte> row, IReadOnlyList<int> fields, IReadOnlyList<ColumnKind> kinds)
    {
        if (fields.Count > 0)
        {
            string[] key = new string[fields.Count];
            for (int i = 0; i < key.Length; i++)
                key[i] = One(row, fields[i], kinds[fields[i]]);
            return key;
        }

        StringBuilder whole = new();
        for (int i = 0; i < kinds.Count && whole.Length < Longest; i++)
            whole.Append(i > 0 ? "," : "").Append(One(row, i, kinds[i]));
        return [whole.Length > Longest ? whole.ToString(0, Longest) : whole.ToString()];
    }

    private static string One(ReadOnlySpan<byte> row, int number, ColumnKind kind)
    {
        ReadOnlySpan<byte> field = CopyRow.Field(row, number);
        return kind switch
        {
            _ when CopyRow.IsNull(row, number) => "NULL",
            ColumnKind.Text or ColumnKind.Json => Encoding.UTF8.GetString(field),
            ColumnKind.Boolean => field[0] != 0 ? "true" : "false",
            ColumnKind.Int16 => Number(BinaryPrimitives.ReadInt16BigEndian(field)),
            ColumnKind.Int32 => Number(BinaryPrimitives.ReadInt32BigEndian(field)),
            ColumnKind.Int64 => Number(BinaryPrimitives.ReadInt64BigEndian(field)),
            ColumnKind.Single => BinaryPrimitives.ReadSingleBigEndian(field).ToString("R", CultureInfo.InvariantCulture),
            ColumnKind.Double => BinaryPrimitives.ReadDoubleBigEndian(field).ToString("R", CultureInfo.InvariantCulture),
            ColumnKind.Uuid => new Guid(field, bigEndian: true).ToString(),
            ColumnKind.Date when Math.Abs((long)BinaryPrimitives.ReadInt32BigEndian(field)) < 700_000 =>
                Epoch.AddDays(BinaryPrimitives.ReadInt32BigEndian(field)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ColumnKind.Timestamp or ColumnKind.TimestampTz when Math.Abs((double)BinaryPrimitives.ReadInt64BigEndian(field)) < 6e16 =>
                Epoch.AddMicroseconds(BinaryPrimitives.ReadInt64BigEndian(field)).ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
            _ => $"\\x{Convert.ToHexString(field)}",
        };
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
