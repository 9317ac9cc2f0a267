using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace LakebaseOps.Loading.Csv;

/// <summary>One CSV file.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Length">Bytes on disk.</param>
internal sealed record CsvInput(string Path, long Length)
{
    private const int ProofBytes = 64 * 1024;
    private const int LongestLine = 16 * 1024 * 1024;

    /// <summary>SHA-256 over the first and last 64 KB.</summary>
    public required string Proof { get; init; }

    /// <summary>Offset of the first record behind byte order mark and header.</summary>
    public long DataStart { get; init; }

    /// <summary>Lines before that record.</summary>
    public long DataLine { get; init; }

    /// <summary>What ends its lines.</summary>
    public LineEnd LineEnd { get; init; }

    /// <summary>The header's fields; null where the dialect has no header to match.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>True when its bytes are those of the file itself, so that any offset can be reached at once.</summary>
    public bool IsPlain { get; init; }

    /// <summary>File name without folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Looks at a file: length, proof, header, line ends.</summary>
    /// <exception cref="LakebaseException">FileNotFound, DataRejected.</exception>
    public static async Task<CsvInput> OpenAsync(string path, CsvDialect dialect, CancellationToken cancellationToken)
    {
        try
        {
            (long length, string proof) = await ProveAsync(path, cancellationToken).ConfigureAwait(false);
            bool plain = !path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) && dialect.Encoding is null;
            CsvInput input = new(path, length) { Proof = proof, IsPlain = plain };
            return await input.LookAsync(dialect, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"'{path}' cannot be read: {exception.Message}")
            { Target = path, Cause = exception, Remedy = "Check the path and the right to read it." }.ToException();
        }
    }

    /// <summary>True when length and ends of the file are still those it was opened with.</summary>
    public async Task<bool> IsSameAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ProveAsync(Path, cancellationToken).ConfigureAwait(false) == (Length, Proof);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The file's text as UTF-8 bytes from its beginning, decompressed.</summary>
    public Stream OpenRead(CsvDialect dialect)
    {
        Stream stream = new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.Read,
            Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            BufferSize = 0,
        });
        if (Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            stream = new GZipStream(stream, CompressionMode.Decompress);
        if (dialect.Encoding is not null)
            stream = Encoding.CreateTranscodingStream(stream, dialect.Encoding, new UTF8Encoding(false));
        return stream;
    }

    /// <summary>File name, line and byte offset of a place.</summary>
    public async Task<string> DescribeAsync(long offset, CsvDialect dialect, CancellationToken cancellationToken)
    {
        long line = 1;
        long at = 0;
        byte end = LineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n';
        byte[] buffer = new byte[128 * 1024];
        Stream stream = OpenRead(dialect);
        await using (stream.ConfigureAwait(false))
        {
            while (at < offset)
            {
                int wanted = (int)Math.Min(buffer.Length, offset - at);
                int count = await stream.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    break;
                line += buffer.AsSpan(0, count).Count(end);
                at += count;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Name} line {line} (byte {offset})");
    }

    private static async Task<(long Length, string Proof)> ProveAsync(string path, CancellationToken cancellationToken)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        await using (stream.ConfigureAwait(false))
        {
            byte[] ends = new byte[(int)Math.Min(stream.Length, 2 * ProofBytes)];
            int head = (int)Math.Min(ends.Length, ProofBytes);
            await stream.ReadExactlyAsync(ends.AsMemory(0, head), cancellationToken).ConfigureAwait(false);
            stream.Position = stream.Length - (ends.Length - head);
            await stream.ReadExactlyAsync(ends.AsMemory(head), cancellationToken).ConfigureAwait(false);
            return (stream.Length, Convert.ToHexString(SHA256.HashData(ends)));
        }
    }

    private async Task<CsvInput> LookAsync(CsvDialect dialect, CancellationToken cancellationToken)
    {
        byte[] head = new byte[64 * 1024];
        int count = 0;
        Stream stream = OpenRead(dialect);
        await using (stream.ConfigureAwait(false))
        {
            while (true)
            {
                int read = await stream.ReadAtLeastAsync(head.AsMemory(count), head.Length - count, throwOnEndOfStream: false, cancellationToken)
                    .ConfigureAwait(false);
                count += read;
                bool isAll = count < head.Length;
                int mark = head.AsSpan(0, count).StartsWith("\uFEFF"u8) ? 3 : 0;
                int end = CsvCutter.FirstEnd(head.AsSpan(mark, count - mark), dialect, isAll, out LineEnd lineEnd);
                if (end < 0 && !isAll)
                {
                    if (head.Length >= LongestLine)
                        throw Faulty("its first record is longer than 16 MB; perhaps a quote is not closed");
                    Array.Resize(ref head, head.Length * 4);
                    continue;
                }

                int length = end < 0 ? count - mark : end;
                List<string>? header = dialect.Header == CsvHeader.None ? null : Fields(head, mark, mark + length, dialect, lineEnd);
                int start = dialect.Header == CsvHeader.None ? mark : mark + length;
                return this with
                {
                    LineEnd = lineEnd,
                    DataStart = start,
                    DataLine = head.AsSpan(0, start).Count(lineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n'),
                    Header = dialect.Header == CsvHeader.Match ? header : null,
                };
            }
        }
    }

    private List<string> Fields(byte[] head, int from, int to, CsvDialect dialect, LineEnd lineEnd)
    {
        CsvRecords records = new(dialect, columns: 1664, exact: false);
        records.Open(head, from, to, lineEnd);
        try
        {
            if (!records.Read() && dialect.Header == CsvHeader.Match)
                throw Faulty("it is empty, so it has no header");
        }
        catch (CsvFault fault)
        {
            throw Faulty($"its header cannot be read: {fault.Message}");
        }

        List<string> names = [];
        for (int i = 0; i < records.Count; i++)
            names.Add(Encoding.UTF8.GetString(records[i]));
        return names;
    }

    private LakebaseException Faulty(string reason) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, $"'{Path}' cannot be loaded: {reason}.")
        {
            Target = Path,
            Remedy = "Correct the file, or say with -Header, -Delimiter and -Quote how it is laid out.",
        }.ToException();
}
