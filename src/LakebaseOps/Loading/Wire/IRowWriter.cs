namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Takes the values of rows column by column. Whoever makes rows (generator, CSV reader, pipeline) writes to it; the
/// binary COPY buffer and the CSV file implement it. Generic callers (<c>where T : IRowWriter</c>) pay no virtual call.
/// </summary>
public interface IRowWriter
{
    /// <summary>Begins a row of that many columns.</summary>
    void StartRow(int columns);

    /// <summary>SQL NULL.</summary>
    void WriteNull();

    /// <summary>boolean.</summary>
    void WriteBoolean(bool value);

    /// <summary>smallint.</summary>
    void WriteInt16(short value);

    /// <summary>integer.</summary>
    void WriteInt32(int value);

    /// <summary>bigint.</summary>
    void WriteInt64(long value);

    /// <summary>real.</summary>
    void WriteSingle(float value);

    /// <summary>double precision.</summary>
    void WriteDouble(double value);

    /// <summary>timestamp or timestamptz.</summary>
    /// <param name="microseconds">Microseconds since 2000-01-01 00:00 (UTC for timestamptz).</param>
    void WriteTimestamp(long microseconds);

    /// <summary>date.</summary>
    /// <param name="days">Days since 2000-01-01.</param>
    void WriteDate(int days);

    /// <summary>uuid.</summary>
    void WriteUuid(Guid value);

    /// <summary>text, varchar, char or json, as UTF-8.</summary>
    void WriteText(ReadOnlySpan<byte> utf8);

    /// <summary>bytea.</summary>
    void WriteBytes(ReadOnlySpan<byte> value);
}
