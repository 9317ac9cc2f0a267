using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>Data that was refused, by the server or already here; whoever knows the source makes a <see cref="LakebaseError"/> of it.</summary>
internal sealed partial class RowFault : Exception
{
    /// <summary>Data that cannot be taken apart.</summary>
    public RowFault(CsvFault fault)
        : base(fault.Message, fault) => (Record, Field, SqlState) = ((int)fault.Record, fault.Column, fault.SqlState);

    private RowFault(PostgresException refused, int? record, string? column)
        : base(string.IsNullOrEmpty(refused.Detail) ? refused.MessageText : $"{refused.MessageText}. {refused.Detail.TrimEnd('.')}", refused) =>
        (Record, Column, SqlState) = (record, column ?? refused.ColumnName, refused.SqlState);

    /// <summary>Number of the record within the chunk, from 0; null when the server did not say.</summary>
    public int? Record { get; }

    /// <summary>The column, where it is known by name.</summary>
    public string? Column { get; }

    /// <summary>The field within the record, from 0, where that is known.</summary>
    public int? Field { get; }

    /// <summary>The SQLSTATE.</summary>
    public string SqlState { get; }

    /// <summary>True when what a server refused is the data of the table, not our books.</summary>
    public static bool Is(PostgresException refused) =>
        refused.SqlState[..2] is "22" or "23" && refused.SchemaName != LedgerSchema.Name;

    /// <summary>The fault of a COPY.</summary>
    /// <param name="refused">What the server said.</param>
    /// <param name="recordOf">Says which record of the chunk the n-th row sent is, from 0.</param>
    public static RowFault Of(PostgresException refused, Func<int, int> recordOf)
    {
        if (refused.Where is null || Place().Match(refused.Where) is not { Success: true } place)
            return new RowFault(refused, null, null);
        int row = int.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1;
        return new RowFault(refused, recordOf(row), place.Groups[2].Success ? place.Groups[2].Value : null);
    }

    [GeneratedRegex("^COPY .*, line ([0-9]+)(?:, column ([^:]+))?", RegexOptions.Singleline)]
    private static partial Regex Place();
}
