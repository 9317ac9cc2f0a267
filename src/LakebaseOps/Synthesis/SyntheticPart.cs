using System.Diagnostics;
using System.IO.Compression;
using LakebaseOps.Operations;

namespace LakebaseOps.Synthesis;

/// <summary>A file to write: a range of a table's rows.</summary>
/// <param name="Table">The rows.</param>
/// <param name="Path">Full path of the file.</param>
/// <param name="First">First row.</param>
/// <param name="Count">Number of rows.</param>
internal sealed record SyntheticPart(SyntheticTable Table, string Path, long First, long Count)
{
    /// <summary>The files of a table, all of nearly the same size.</summary>
    public static IEnumerable<SyntheticPart> Of(SyntheticTable table, string folder, int files, bool gzip)
    {
        string name = FileName(table.Definition.Name);
        for (int i = 0; i < files; i++)
        {
            long first = (long)((Int128)table.Rows * i / files);
            long behind = (long)((Int128)table.Rows * (i + 1) / files);
            string number = files == 1 ? "" : $".{i + 1}";
            yield return new SyntheticPart(table, System.IO.Path.Combine(folder, $"{name}{number}.csv{(gzip ? ".gz" : "")}"), first, behind - first);
        }
    }

    /// <summary>Writes the file; nobody ever sees half of it.</summary>
    public async Task<SyntheticFile> WriteAsync(Action<long> written, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string draft = Path + ".new";
        try
        {
            FileStream file = new(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            await using (file.ConfigureAwait(false))
            {
                Stream stream = Path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
                await using (stream.ConfigureAwait(false))
                    await WriteRowsAsync(stream, written, cancellationToken).ConfigureAwait(false);
            }

            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            File.Delete(draft);
            throw (ErrorTranslator.Translate(exception, Path) with { Id = ErrorIds.PathNotWritable, Kind = LakebaseErrorKind.Permission })
                .ToException();
        }
        catch (OperationCanceledException)
        {
            File.Delete(draft);
            throw;
        }

        return new SyntheticFile
        {
            LiteralPath = Path,
            Table = Table.Definition.Table,
            Rows = Count,
            SizeBytes = new FileInfo(Path).Length,
            Duration = Stopwatch.GetElapsedTime(start),
        };
    }

    private async Task WriteRowsAsync(Stream stream, Action<long> written, CancellationToken cancellationToken)
    {
        CsvWriter writer = new(Table.Columns);
        SyntheticRows rows = new(Table, First, First + Count);
        long reported = First;
        while (rows.Write(writer))
        {
            if (writer.Length < CsvWriter.BlockBytes)
                continue;
            await writer.FlushAsync(stream, cancellationToken).ConfigureAwait(false);
            written(rows.Next - reported);
            reported = rows.Next;
        }

        await writer.CompleteAsync(stream, cancellationToken).ConfigureAwait(false);
        written(First + Count - reported);
    }

    private static string FileName(TableName table)
    {
        string name = table.Schema == "public" ? table.Name : $"{table.Schema}.{table.Name}";
        char[] forbidden = ['/', '\\', ':', '*', '?', '"', '<', '>', '|', '[', ']'];
        return string.Concat(name.Select(character => char.IsControl(character) || forbidden.Contains(character) ? '_' : character));
    }
}
