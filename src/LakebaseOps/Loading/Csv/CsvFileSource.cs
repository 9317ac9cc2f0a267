using System.Buffers;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;
using Microsoft.Win32.SafeHandles;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Plain CSV files: cut ahead at ends of records, then each part is read on its own by whoever claims it, so that any number
/// of readers shares one file.
/// </summary>
internal sealed class CsvFileSource(CsvFiles files) : SeekableSource
{
    /// <inheritdoc />
    public override string Kind => "Files";

    /// <inheritdoc />
    public override string Description => files.Description;

    /// <inheritdoc />
    public override IReadOnlyList<CopyColumn> Columns => files.Columns;

    /// <inheritdoc />
    public override long? TotalBytes => files.Inputs.Sum(input => input.Length - input.DataStart);

    /// <inheritdoc />
    public override IReadOnlyList<(int Input, string Name, long Rows)> ExpectedRows => files.ExpectedRows;

    /// <inheritdoc />
    public override long? EstimatedRows => (long)files.Inputs.Sum(input => Math.Ceiling((input.Length - input.DataStart) / input.LineBytes));

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Fingerprint => files.Fingerprint;

    /// <inheritdoc />
    public override IReadOnlyList<LoadRange> Inputs =>
        [.. files.Inputs.Select((input, number) => new LoadRange(number, input.DataStart, input.Length))];

    /// <inheritdoc />
    public override int PartsAtOnce => (int)Math.Clamp(32L * 1024 * 1024 / files.Size.Most, 1, 64);

    /// <inheritdoc />
    public override RowFeed CreateFeed(bool zoneIsUtc) => new CsvFeed(files.Dialect, Columns, zoneIsUtc);

    /// <inheritdoc />
    public override string? NameOf(int input) => files.Inputs[input].Name;

    /// <inheritdoc />
    public override (long Offset, long Lines) BeginningOf(int input) => (files.Inputs[input].DataStart, files.Inputs[input].DataLine);

    /// <inheritdoc />
    public override Task<string> LocateAsync(LoadChunk chunk, long record, CancellationToken cancellationToken) =>
        files.LocateAsync(chunk, record, cancellationToken);

    /// <inheritdoc />
    public override async ValueTask<IReadOnlyList<LoadRange>> CutAsync(LoadRange rest, int count, CancellationToken cancellationToken)
    {
        List<LoadRange> parts = [];
        long all = rest.To - files.Inputs[rest.Input].DataStart;
        CsvScanner scanner = new(files.Dialect, files.Inputs[rest.Input].LineEnd);
        using SafeFileHandle file = File.OpenHandle(
            files.Inputs[rest.Input].Path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan | FileOptions.Asynchronous);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            long at = rest.From;
            long from = rest.From;
            while (parts.Count < count && from < rest.To)
            {
                int wanted = (int)Math.Min(buffer.Length, rest.To - at);
                int read = wanted == 0 ? 0 : await RandomAccess.ReadAsync(file, buffer.AsMemory(0, wanted), at, cancellationToken).ConfigureAwait(false);
                if (read == 0 && at < rest.To)
                    throw files.Changed(rest.Input, "became shorter");
                if (read == 0)
                {
                    parts.Add(rest with { From = from, To = rest.To });
                    break;
                }

                int used = 0;
                while (used < read && parts.Count < count)
                {
                    long nominal = from + files.Size.Next(rest.To - from, all);
                    int skip = (int)Math.Clamp(nominal - 1 - (at + used), 0, read - used);
                    scanner.Skip(buffer.AsSpan(used, skip));
                    used += skip;
                    int end = scanner.FindEnd(buffer.AsSpan(used, read - used));
                    if (end < 0)
                    {
                        used = read;
                        break;
                    }

                    used += end;
                    parts.Add(rest with { From = from, To = at + used });
                    from = at + used;
                }

                at += read;
                if (at - from > CsvFiles.LongestRecord + files.Size.Most)
                    throw files.TooLong(rest with { From = from });
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return parts;
    }

    /// <inheritdoc />
    public override ValueTask<LoadChunk> OpenAsync(LoadRange range, CancellationToken cancellationToken) => new(new CsvFileChunk(files, range));

    /// <inheritdoc />
    public override async Task ProveAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < files.Inputs.Count; i++)
        {
            if (!await files.Inputs[i].IsSameAsync(cancellationToken).ConfigureAwait(false))
                throw files.Changed(i, "was changed");
        }
    }
}
