using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Connections;

/// <summary>Turns values of scripts and of workflow files into parameters of a statement.</summary>
internal static class QueryParameters
{
    /// <summary>Adds the parameters to a command.</summary>
    public static void Add(NpgsqlCommand command, IReadOnlyDictionary<string, object?> values)
    {
        foreach ((string name, object? value) in values)
            command.Parameters.Add(Parameter(name.TrimStart(':', '@'), value));
    }

    private static NpgsqlParameter Parameter(string name, object? given) => Value(given) switch
    {
        null => new NpgsqlParameter(name, DBNull.Value),
        // Of unknown type, as a quoted literal is: '2026-01-31' then compares with a date as well as with a text.
        string text => new NpgsqlParameter(name, NpgsqlDbType.Unknown) { Value = text },
        object value => new NpgsqlParameter(name, value),
    };

    private static object? Value(object? given) => given switch
    {
        null or DBNull => null,
        JsonElement json => Json(json),
        char or Guid => given.ToString(),
        sbyte small => (short)small,
        byte small => (short)small,
        ushort number => (int)number,
        uint number => (long)number,
        ulong number => (decimal)number,
        Enum choice => choice.ToString(),
        // A local time is an instant; sent as it is, it would lose its zone on the way.
        DateTime { Kind: DateTimeKind.Local } time => time.ToUniversalTime(),
        DateTimeOffset time => time.ToUniversalTime(),
        object?[] items => Items(items),
        _ => given,
    };

    private static object? Json(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when json.TryGetInt64(out long number) => number,
        JsonValueKind.Number when json.TryGetDecimal(out decimal number) => number,
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.Array => Items([.. json.EnumerateArray().Select(item => (object?)item)]),
        _ => json.GetRawText(),
    };

    // Arrays of scripts are arrays of anything; the server's hold one type.
    private static Array Items(object?[] given)
    {
        object?[] items = [.. given.Select(Value)];
        Type[] types = [.. items.Where(item => item is not null).Select(item => item!.GetType()).Distinct()];
        Type type = types is [Type only] ? only : typeof(string);
        bool nullable = type.IsValueType && Array.IndexOf(items, null) >= 0;
        Array array = Array.CreateInstance(nullable ? typeof(Nullable<>).MakeGenericType(type) : type, items.Length);
        for (int at = 0; at < items.Length; at++)
            array.SetValue(type == typeof(string) ? Convert.ToString(items[at], System.Globalization.CultureInfo.InvariantCulture) : items[at], at);
        return array;
    }
}
