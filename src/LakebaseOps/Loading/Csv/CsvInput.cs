using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Loading.Decoding;

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

    /// <summary>Mean bytes of a line at its beginning; that of a record unless fields hold line ends.</summary>
    public double LineBytes { get; init; } = 1;

    /// <summary>The header's fields; null where the dialect has no header to match.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>Rows it must hold, as a manifest says.</summary>
    public long? ExpectedRows { get; init; }

    /// <summary>How it is packed.</summary>
    public Compression Compression { get; private init; }

    /// <summary>Its encoding; null for UTF-8.</summary>
    public Encoding? Encoding { get; private init; }

    /// <summary>True when its bytes are those of the file itself, so that any offset can be reached at once.</summary>
    public bool IsPlain => Compression == Compression.None && Encoding is null && Once is null;

    /// <summary>The bytes themselves, where they pass by once.</summary>
    public ReplayStream? Once { get; private init; }

    /// <summary>File name without folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Looks at a file: length, proof, how it is packed and encoded, header, line ends.</summary>
    /// <exception cref="LakebaseException">FileNotFound, DataRejected, LoadNotPossible.</exception>
    public static async Task<CsvInput> OpenAsync(string path, CsvDialect dialect, CancellationToken cancellationToken)
    {
        try
        {
            (long length, string proof) = await ProveAsync(path, cancellationToken).ConfigureAwait(false);
            return await LookAsync(new CsvInput(path, length) { Proof = proof }, dialect, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"'{path}' cannot be read: {exception.Message}")
            { Target = path, Cause = exception, Remedy = "Check the path and the right to read it." }.ToException();
        }
    }

    /// <summary>Looks at bytes that pass by once.</summary>
    /// <param name="name">What they are, for a person.</param>
    /// <param name="stream">The bytes; disposed by who reads them to their end.</param>
    /// <param name="dialect">How they are laid out.</param>
    /// <param name="cancellationToken">Stops waiting for the first bytes.</param>
    /// <exception cref="LakebaseException">DataRejected, LoadNotPossible.</exception>
    public static Task<CsvInput> OpenAsync(string name, Stream stream, CsvDialect dialect, CancellationToken cancellationToken) =>
        LookAsync(new CsvInput(name, 0) { Proof = "passes by once", Once = new ReplayStream(stream) }, dialect, cancellationToken);

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

    /// <summary>Its text as UTF-8 bytes from the beginning, unpacked. What passes by once can be opened once.</summary>
    public Stream OpenRead() => Open(last: true);

    /// <summary>File name, line and byte offset of a place in a plain file.</summary>
    public async Task<string> DescribeAsync(long offset, CancellationToken cancellationToken)
    {
        long line = 1;
        long at = 0;
        byte[] buffer = new byte[128 * 1024];
        Stream stream = OpenRead();
        await using (stream.ConfigureAwait(false))
        {
            while (at < offset)
            {
                int wanted = (int)Math.Min(buffer.Length, offset - at);
                int count = await stream.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    break;
                line += Lines(buffer.AsSpan(0, count));
                at += count;
            }
        }

        return Describe(line, offset);
    }

    /// <summary>Name, line and byte offset of a place; where the file is packed or encoded, the offset is that in its text as UTF-8.</summary>
    public string Describe(long line, long offset) => string.Create(
        CultureInfo.InvariantCulture, $"{Name} line {line} (byte {offset}{(Encoding is not null ? " of its text as UTF-8" : Compression != Compression.None ? " unpacked" : "")})");

    /// <summary>Ends of lines in a part of its text.</summary>
    public int Lines(ReadOnlySpan<byte> text) => text.Count(LineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n');

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

    private static async Task<CsvInput> LookAsync(CsvInput input, CsvDialect dialect, CancellationToken cancellationToken)
    {
        byte[] head = await input.PeekAsync(Packed.MarkBytes, cancellationToken).ConfigureAwait(false);
        input = input with { Compression = Packed.Of(input.Path, head) };
        Encoding? marked = null;
        if (dialect.Encoding is null || dialect.Encoding.WebName.StartsWith("utf-16", StringComparison.Ordinal))
            marked = TextEncodings.Marked(await input.PeekAsync(2, cancellationToken).ConfigureAwait(false));
        input = input with { Encoding = marked ?? dialect.Encoding };
        return await input.ReadHeadAsync(dialect, cancellationToken).ConfigureAwait(false);
    }

    private Stream Open(bool last)
    {
        Stream stream = Once is not null ? Once.Restart(last) : new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.Read,
            Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            BufferSize = 0,
        });
        stream = Packed.Open(stream, Compression, Name);
        return Encoding is null ? stream : new TextInput(stream, Encoding);
    }

    private async Task<byte[]> PeekAsync(int count, CancellationToken cancellationToken)
    {
        byte[] head = new byte[count];
        Stream stream = Open(last: false);
        await using (stream.ConfigureAwait(false))
            return head[..await stream.ReadAtLeastAsync(head, count, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)];
    }

    private async Task<CsvInput> ReadHeadAsync(CsvDialect dialect, CancellationToken cancellationToken)
    {
        byte[] head = new byte[64 * 1024];
        int count = 0;
        Stream stream = Open(last: false);
        await using (stream.ConfigureAwait(false))
        {
            while (true)
            {
                int read = await stream.ReadAtLeastAsync(head.AsMemory(count), head.Length - count, throwOnEndOfStream: false, cancellationToken)
                    .ConfigureAwait(false);
                count += read;
                bool isAll = count < head.Length;
                int mark = head.AsSpan(0, count).StartsWith("\uFEFF"u8) ? 3 : 0;
                int end = CsvScanner.FirstEnd(head.AsSpan(mark, count - mark), dialect, isAll, out LineEnd lineEnd);
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
                    LineBytes = Math.Max(1, (double)count / Math.Max(1, head.AsSpan(0, count).Count(lineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n'))),
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
            throw Faulty($"its header cannot be read: {fault.Message}", fault.SqlState);
        }

        List<string> names = [];
        for (int i = 0; i < records.Count; i++)
            names.Add(System.Text.Encoding.UTF8.GetString(records[i]));
        return names;
    }

    private LakebaseException Faulty(string reason, string? sqlState = null) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, $"'{Path}' cannot be loaded: {reason}.")
        {
            Target = Path,
            SqlState = sqlState,
            Remedy = "Correct the file, or say with -Header, -Delimiter and -Quote how it is laid out.",
        }.ToException();
}
