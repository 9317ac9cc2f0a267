using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Loading.Sending;

/// <summary>Says of data that was refused where it came from: file, line, byte, column, SQLSTATE, reason.</summary>
internal static class ChunkFault
{
    /// <summary>The error of a chunk with a record that cannot be loaded.</summary>
    public static async Task<LakebaseException> DescribeAsync(
        LoadPlan plan, LoadChunk chunk, RowFault fault, CancellationToken cancellationToken)
    {
        string where = fault.Record is int record
            ? await plan.Source.LocateAsync(chunk, record, cancellationToken).ConfigureAwait(false)
            : plan.Source.Description;
        string? column = fault.Column ?? (fault.Field < plan.Source.Columns.Count ? plan.Source.Columns[fault.Field.Value].Name : null);
        return new LakebaseError(
            ErrorIds.DataRejected, LakebaseErrorKind.InvalidData,
            $"{plan.Table} was not loaded: {where}{(column is null ? "" : $", column {column}")}: {fault.Message}.")
        {
            Target = plan.Table.ToString(),
            SqlState = fault.SqlState,
            Cause = fault,
            Remedy = "Nothing of its chunk is in the table. Correct the input and load it with -Restart, or let -MaxErrors pass over bad rows.",
        }.ToException();
    }
}
