using LakebaseOps.Loading.Ledger;
using Microsoft.Win32.SafeHandles;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// A part of a CSV file, read as it is encoded. So a chunk may be large without being held in memory, and the server is not
/// kept waiting while one is read. It has the file open for itself: the system reads ahead for each.
/// </summary>
/// <param name="files">The files of the table.</param>
/// <param name="range">Which part of which.</param>
internal sealed class CsvFileChunk(CsvFiles files, LoadRange range)
    : CsvChunk(range, range.To - range.From, files.Inputs[range.Input].LineEnd)
{
    private readonly SafeFileHandle _file = File.OpenHandle(
        files.Inputs[range.Input].Path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);

    /// <inheritdoc />
    public override void Read(long at, Span<byte> into)
    {
        // Not asynchronous: that would hand every 256 KB to another thread, which does the very same.
        for (int count = 0; count < into.Length;)
        {
            int read = RandomAccess.Read(_file, into[count..], Range.From + at + count);
            if (read == 0)
                throw files.Changed(Range.Input, "became shorter");
            count += read;
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}
