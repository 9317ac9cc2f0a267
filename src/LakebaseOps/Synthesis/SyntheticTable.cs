using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Synthesis;

/// <summary>
/// Makes up the rows of a table. A row follows from seed, table and row number alone, so any range of rows can be made
/// again anywhere; the row's number is also the id of its key. Safe to use from several threads.
/// </summary>
public sealed partial class SyntheticTable
{
    private const int NullPurpose = int.MinValue;

    private readonly SyntheticColumn[] _columns;
    private readonly ulong _start;
    private readonly ulong _nullBelow;
    private readonly int _days;

    private SyntheticTable(TableDefinition table, SyntheticOptions options, long rows, FraudTable? fraud)
    {
        Definition = table;
        Rows = rows;
        Key = new SyntheticKey(options.Entity ?? fraud?.Entity ?? table.Name.Name);
        Columns = [.. table.Columns.Where(column => !column.IsGenerated)];
        HashSet<string> keys = [.. table.Indexes.Where(index => index.IsUnique && index.Keys.Count > 0).Select(index => index.Keys[0])];
        _columns = [.. Columns.Select((column, ordinal) => SyntheticColumn.Of(table, column, ordinal, IsKey(column)))];
        HasHashedKeys = _columns.Any(column => column is
            { Role: SyntheticRole.Key, Type: SyntheticType.Text or SyntheticType.Bytes or SyntheticType.Uuid });
        _start = SyntheticRandom.Start(options.Seed, table.Name.Name);
        _nullBelow = (ulong)(options.NullShare * ulong.MaxValue);
        _days = fraud?.WindowDays ?? Window(table.Name.Name);
        int digits = Array.FindIndex(_columns, column => column.Role == SyntheticRole.Key && rows - 1 > Largest(column.Type));
        if (digits >= 0)
        {
            throw new LakebaseError(ErrorIds.TypeNotSupported, LakebaseErrorKind.InvalidArgument,
                $"{rows} rows need more keys than the type {Columns[digits].Type} of column '{Columns[digits].Name}' of {table.Name} has.")
            { Target = table.Table, Remedy = "Ask for fewer rows, or use a wider key." }.ToException();
        }

        bool IsKey(ColumnDefinition column) =>
            column.Identity is not null || keys.Contains(column.Name) || keys.Contains(TableName.Quote(column.Name));
    }

    /// <summary>The table.</summary>
    public TableDefinition Definition { get; }

    /// <summary>Rows it has.</summary>
    public long Rows { get; }

    /// <summary>Its keys.</summary>
    public SyntheticKey Key { get; }

    /// <summary>The columns that rows are written for: all but generated ones, in the table's order.</summary>
    public IReadOnlyList<ColumnDefinition> Columns { get; }

    /// <summary>Prepares rows for a table.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: no number of rows, a share out of range. TypeNotSupported.</exception>
    public static SyntheticTable Create(TableDefinition table, SyntheticOptions options)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(options);
        FraudTable? fraud = FraudWorkload.Find(table.Name.Name);
        long rows = options.Rows ?? fraud?.RowsAt(options.Scale ?? FraudWorkload.DemoScale)
            ?? throw Invalid(table, "How many rows to make up was not said", "Give a number of rows; a scale is for the tables of the fraud workload.");
        if (rows < 0 || options.Scale is <= 0 or double.NaN or double.PositiveInfinity)
            throw Invalid(table, "Rows and scale must not be negative", "Give a positive number.");
        if (options.NullShare is not (>= 0 and <= 1))
            throw Invalid(table, $"{options.NullShare} is no share of NULLs", "Give a number from 0 to 1.");
        return new SyntheticTable(table, options, rows, fraud);
    }

    /// <summary>Writes one row, numbered from 0. Many rows in order go faster through <see cref="SyntheticRows"/>.</summary>
    public void WriteRow<TWriter>(long row, TWriter writer)
        where TWriter : IRowWriter
    {
        Span<byte> hash = stackalloc byte[SyntheticKey.BytesLength];
        if (HasHashedKeys)
            Key.WriteBytes(row, hash);
        WriteRow(row, hash, writer);
    }

    /// <summary>True when a key is made of a hash.</summary>
    internal bool HasHashedKeys { get; }

    /// <summary>Writes one row whose key's hash is known.</summary>
    internal void WriteRow<TWriter>(long row, ReadOnlySpan<byte> hash, TWriter writer)
        where TWriter : IRowWriter
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)Rows, nameof(row));
        SyntheticFacts facts = new(SyntheticRandom.Row(_start, row), _days);
        writer.StartRow(_columns.Length);
        foreach (ref readonly SyntheticColumn column in _columns.AsSpan())
        {
            if (column.IsNullable && _nullBelow > 0 && facts.Bits(NullPurpose + column.Purpose) < _nullBelow)
                writer.WriteNull();
            else if (column.Role == SyntheticRole.Key)
                WriteKey(row, hash, column, writer);
            else
                Write(in facts, column, writer);
        }
    }

    private static void WriteKey<TWriter>(long row, ReadOnlySpan<byte> hash, in SyntheticColumn column, TWriter writer)
        where TWriter : IRowWriter
    {
        switch (column.Type)
        {
            case SyntheticType.Int16:
                writer.WriteInt16((short)row);
                break;
            case SyntheticType.Int32:
                writer.WriteInt32((int)row);
                break;
            case SyntheticType.Int64:
                writer.WriteInt64(row);
                break;
            case SyntheticType.Uuid:
                writer.WriteUuid(SyntheticKey.Uuid(hash));
                break;
            case SyntheticType.Bytes:
                writer.WriteBytes(hash);
                break;
            default:
                Span<byte> text = stackalloc byte[SyntheticKey.TextLength];
                SyntheticKey.WriteHex(hash, text);
                writer.WriteText(text[..Math.Min(column.Length, text.Length)]);
                break;
        }
    }

    private static void Write<TWriter>(in SyntheticFacts facts, in SyntheticColumn column, TWriter writer)
        where TWriter : IRowWriter
    {
        switch (column.Type)
        {
            case SyntheticType.Int64:
                writer.WriteInt64(facts.Whole(column));
                break;
            case SyntheticType.Double:
                writer.WriteDouble(facts.Fraction(column));
                break;
            case SyntheticType.Timestamp:
                writer.WriteTimestamp(facts.Time(column));
                break;
            case SyntheticType.Int32:
                writer.WriteInt32((int)facts.Whole(column));
                break;
            case SyntheticType.Int16:
                writer.WriteInt16((short)(facts.Bits(column.Purpose) >> 49));
                break;
            case SyntheticType.Single:
                writer.WriteSingle((float)facts.Fraction(column));
                break;
            case SyntheticType.Boolean:
                writer.WriteBoolean((facts.Bits(column.Purpose) & 1) != 0);
                break;
            case SyntheticType.Date:
                writer.WriteDate((int)(facts.Time(column) / SyntheticFacts.MicrosecondsOfDay));
                break;
            default:
                SyntheticText.Write(facts.Bits(column.Purpose), column, writer);
                break;
        }
    }

    private static long Largest(SyntheticType type) => type switch
    {
        SyntheticType.Int16 => short.MaxValue,
        SyntheticType.Int32 => int.MaxValue,
        _ => long.MaxValue,
    };

    private static int Window(string name) => DaysOfName().Match(name) is { Success: true } match
        ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : 365;

    private static LakebaseException Invalid(TableDefinition table, string reason, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"{reason} for {table.Name}.")
        { Target = table.Table, Remedy = remedy }.ToException();

    [GeneratedRegex("_([1-9][0-9]{0,3})d$")]
    private static partial Regex DaysOfName();
}
