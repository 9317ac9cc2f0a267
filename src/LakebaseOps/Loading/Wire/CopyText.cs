using System.Buffers;
using LakebaseOps.Loading.Csv;

namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Writes records as COPY text, where the server reads every value itself. A row is hashed as binary where it can be
/// encoded so, else by its texts: so the hash of a row does not depend on the way its neighbours took.
/// </summary>
internal sealed class CopyText : IDisposable
{
    private readonly CopyBuffer _scratch = new();
    private readonly ArrayBufferWriter<byte> _text = new(CopyBuffer.BlockBytes);
    private readonly ArrayBufferWriter<byte> _row = new(1024);

    /// <summary>Rows written since <see cref="Begin"/>.</summary>
    public long Rows { get; private set; }

    /// <summary>Sum of the rows' hashes.</summary>
    public UInt128 Hash { get; private set; }

    /// <summary>True when a block is ready to be sent.</summary>
    public bool IsFull => _text.WrittenCount >= CopyBuffer.BlockBytes - 4096;

    /// <summary>Begins a COPY.</summary>
    public void Begin()
    {
        Rows = 0;
        Hash = UInt128.Zero;
        _text.ResetWrittenCount();
    }

    /// <summary>Writes a record.</summary>
    public void Write(CsvRecords records, RowEncoder encoder, int columns)
    {
        _scratch.Begin();
        if (encoder.TryWrite(records, _scratch, out _))
        {
            _scratch.EndRow();
            Hash += _scratch.Hash;
        }
        else
        {
            Hash += HashTexts(records, columns);
        }

        for (int i = 0; i < columns; i++)
        {
            if (i > 0)
                Put((byte)'\t');
            if (records.IsNull(i))
                _text.Write("\\N"u8);
            else
                Escape(records[i]);
        }

        Put((byte)'\n');
        Rows++;
    }

    /// <summary>Sends what waits.</summary>
    public async ValueTask FlushAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (_text.WrittenCount > 0)
            await stream.WriteAsync(_text.WrittenMemory, cancellationToken).ConfigureAwait(false);
        _text.ResetWrittenCount();
    }

    /// <inheritdoc />
    public void Dispose() => _scratch.Dispose();

    private UInt128 HashTexts(CsvRecords records, int columns)
    {
        _row.ResetWrittenCount();
        for (int i = 0; i < columns; i++)
        {
            ReadOnlySpan<byte> field = records.IsNull(i) ? [] : records[i];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(_row.GetSpan(4), records.IsNull(i) ? -1 : field.Length);
            _row.Advance(4);
            _row.Write(field);
        }

        return RowHash.Of(_row.WrittenSpan);
    }

    private void Escape(ReadOnlySpan<byte> field)
    {
        while (true)
        {
            int found = field.IndexOfAny("\\\t\n\r"u8);
            if (found < 0)
                break;
            _text.Write(field[..found]);
            Put((byte)'\\');
            Put(field[found] switch { (byte)'\t' => (byte)'t', (byte)'\n' => (byte)'n', (byte)'\r' => (byte)'r', _ => (byte)'\\' });
            field = field[(found + 1)..];
        }

        _text.Write(field);
    }

    private void Put(byte value)
    {
        _text.GetSpan(1)[0] = value;
        _text.Advance(1);
    }
}
