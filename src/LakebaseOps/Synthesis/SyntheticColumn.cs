using System.Globalization;
using System.Text.RegularExpressions;

namespace LakebaseOps.Synthesis;

/// <summary>How values of a type are written.</summary>
internal enum SyntheticType
{
    Boolean,
    Int16,
    Int32,
    Int64,
    Single,
    Double,
    Text,
    Json,
    Bytes,
    Uuid,
    Date,
    Timestamp,
}

/// <summary>One column to make up: its type, its meaning and its own randomness.</summary>
/// <param name="Type">How values are written.</param>
/// <param name="Role">What they mean.</param>
internal readonly partial record struct SyntheticColumn(SyntheticType Type, SyntheticRole Role)
{
    /// <summary>Number of the column's own random bits.</summary>
    public int Purpose { get; init; }

    /// <summary>Names a part of the events, e.g. "fraud": columns with the same part agree.</summary>
    public int Part { get; init; }

    /// <summary>Hours of <see cref="SyntheticRole.RecentCount"/> and <see cref="SyntheticRole.Velocity"/>.</summary>
    public int Hours { get; init; }

    /// <summary>Most characters of a text.</summary>
    public int Length { get; init; }

    /// <summary>True when the column may hold NULLs.</summary>
    public bool IsNullable { get; init; }

    /// <summary>The plan for a column.</summary>
    /// <exception cref="LakebaseException">TypeNotSupported.</exception>
    public static SyntheticColumn Of(TableDefinition table, ColumnDefinition column, int ordinal, bool isKey)
    {
        (SyntheticType type, int length) = TypeOf(table, column);
        if (isKey && (type is not (SyntheticType.Text or SyntheticType.Bytes or SyntheticType.Uuid or SyntheticType.Int64
            or SyntheticType.Int32 or SyntheticType.Int16) || length < SyntheticKey.LeastTextLength))
            throw Refused(table, column, "is not one that unique keys can be made up for",
                $"Use text, varchar or char of {SyntheticKey.LeastTextLength} or more characters, bytea, uuid or an integer type.");
        return new SyntheticColumn(type, isKey ? SyntheticRole.Key : SyntheticRoles.Of(column.Name, type))
        {
            Purpose = ordinal,
            Part = SyntheticRoles.Part(column.Name),
            Hours = SyntheticRoles.Hours(column.Name),
            Length = length,
            IsNullable = !isKey && !column.NotNull,
        };
    }

    private static (SyntheticType Type, int Length) TypeOf(TableDefinition table, ColumnDefinition column)
    {
        const int Unlimited = 1 << 20;
        Match match = SizedType().Match(column.Type);
        int length = match.Groups["length"].Success
            ? int.Parse(match.Groups["length"].ValueSpan, CultureInfo.InvariantCulture)
            : Unlimited;
        return (match.Groups["name"].Value + match.Groups["zone"].Value) switch
        {
            "boolean" => (SyntheticType.Boolean, Unlimited),
            "smallint" => (SyntheticType.Int16, Unlimited),
            "integer" => (SyntheticType.Int32, Unlimited),
            "bigint" => (SyntheticType.Int64, Unlimited),
            "real" => (SyntheticType.Single, Unlimited),
            "double precision" => (SyntheticType.Double, Unlimited),
            "text" => (SyntheticType.Text, Unlimited),
            "character varying" => (SyntheticType.Text, length),
            "character" => (SyntheticType.Text, match.Groups["length"].Success ? length : 1),
            "json" => (SyntheticType.Json, Unlimited),
            "bytea" => (SyntheticType.Bytes, Unlimited),
            "uuid" => (SyntheticType.Uuid, Unlimited),
            "date" => (SyntheticType.Date, Unlimited),
            "timestamp without time zone" or "timestamp with time zone" => (SyntheticType.Timestamp, Unlimited),
            _ => throw Refused(table, column, "is not one that values can be made up for",
                "Use boolean, an integer or floating-point type, text, varchar, char, json, bytea, uuid, date or timestamp, or give the column another source."),
        };
    }

    private static LakebaseException Refused(TableDefinition table, ColumnDefinition column, string reason, string remedy) =>
        new LakebaseError(ErrorIds.TypeNotSupported, LakebaseErrorKind.InvalidArgument,
            $"The type {column.Type} of column '{column.Name}' of {table.Name} {reason}.")
        { Target = $"{table.Name}.{column.Name}", Remedy = remedy }.ToException();

    [GeneratedRegex(@"^(?<name>[a-z ]+?)(\((?<length>\d+)\)(?<zone> with(out)? time zone)?)?$")]
    private static partial Regex SizedType();
}
