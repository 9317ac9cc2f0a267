using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>Says of data that was refused where it came from: file, line, byte, column, SQLSTATE, reason.</summary>
internal static partial class ChunkFault
{
    /// <summary>True when what was refused is the data.</summary>
    public static bool Is(Exception exception) => exception is CsvFault
        or PostgresException { SqlState: ['2', '2' or '3', ..], SchemaName: not LedgerSchema.Name };

    /// <summary>The error of a chunk with a record that cannot be loaded.</summary>
    public static async Task<LakebaseException> DescribeAsync(
        LoadPlan plan, LoadChunk chunk, Exception exception, CancellationToken cancellationToken) => exception switch
    {
        CsvFault fault => await DescribeAsync(plan, chunk, fault, cancellationToken).ConfigureAwait(false),
        PostgresException refused => await DescribeAsync(plan, chunk, refused, cancellationToken).ConfigureAwait(false),
        _ => throw new ArgumentException($"{exception.GetType().Name} is no fault of data.", nameof(exception)),
    };

    private static async Task<LakebaseException> DescribeAsync(
        LoadPlan plan, LoadChunk chunk, CsvFault fault, CancellationToken cancellationToken)
    {
        string where = await plan.Source.LocateAsync(chunk, fault.Record, cancellationToken).ConfigureAwait(false);
        string column = fault.Column < plan.Source.Columns.Count ? $", column {plan.Source.Columns[fault.Column].Name}" : "";
        return Rejected(plan, $"{where}{column}: {fault.Message}.", fault.SqlState, fault);
    }

    private static async Task<LakebaseException> DescribeAsync(
        LoadPlan plan, LoadChunk chunk, PostgresException refused, CancellationToken cancellationToken)
    {
        string where = plan.Source.Description;
        string column = "";
        if (refused.Where is not null && Place().Match(refused.Where) is { Success: true } place)
        {
            long record = long.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1;
            where = await plan.Source.LocateAsync(chunk, record, cancellationToken).ConfigureAwait(false);
            column = place.Groups[2].Success ? $", column {place.Groups[2].Value}" : "";
        }

        if (column.Length == 0 && refused.ColumnName is not null)
            column = $", column {refused.ColumnName}";
        string detail = string.IsNullOrEmpty(refused.Detail) ? "" : $" {refused.Detail}";
        return Rejected(plan, $"{where}{column}: {refused.MessageText}.{detail}", refused.SqlState, refused);
    }

    private static LakebaseException Rejected(LoadPlan plan, string message, string sqlState, Exception cause) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, $"{plan.Table} was not loaded: {message}")
        {
            Target = plan.Table.ToString(),
            SqlState = sqlState,
            Cause = cause,
            Remedy = "Nothing of its chunk is in the table. Correct the input and load it with -Restart.",
        }.ToException();

    [GeneratedRegex("^COPY .*, line ([0-9]+)(?:, column ([^:]+))?", RegexOptions.Singleline)]
    private static partial Regex Place();
}
