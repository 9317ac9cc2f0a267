namespace LakebaseOps.Loading.Csv;

/// <summary>A record that cannot be loaded; whoever knows the file makes a <see cref="LakebaseError"/> of it.</summary>
internal sealed class CsvFault(long record, int column, string sqlState, string reason) : Exception(reason)
{
    /// <summary>Number of the record within the chunk, from 0.</summary>
    public long Record { get; } = record;

    /// <summary>Field within the record, from 0.</summary>
    public int Column { get; } = column;

    /// <summary>The SQLSTATE the server would have given.</summary>
    public string SqlState { get; } = sqlState;
}
