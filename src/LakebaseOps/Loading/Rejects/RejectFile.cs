using System.Buffers;
using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Rejects;

/// <summary>
/// Writes the refused rows of a load from the ledger to a CSV file: file, line, byte, column, SQLSTATE, reason and the row as
/// it was. Written whole beside its place and then put there, so that nobody ever reads half of it.
/// </summary>
internal static class RejectFile
{
    private const string Header = "file,line,byte,column,sqlstate,reason,raw\n";

    private const string Sql =
        """
        SELECT r.input, r.range_from, r.start, r.line, r.column_name, r.sql_state, r.reason, r.raw, r.record
        FROM lakebase_ops.load_reject r WHERE load_id = $1 ORDER BY r.input, r.range_from, r.record
        """;

    /// <summary>Writes the file.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="loadId">The load.</param>
    /// <param name="chunks">Its chunks.</param>
    /// <param name="source">Where the rows are from.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="LakebaseException">PathNotWritable.</exception>
    public static async Task<long> WriteAsync(
        NpgsqlConnection connection, Guid loadId, IReadOnlyList<LoadedChunk> chunks, LoadSource source, string path, CancellationToken cancellationToken)
    {
        string part = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            long rows = await WriteAsync().ConfigureAwait(false);
            File.Move(part, path, overwrite: true);
            return rows;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.PathNotWritable, LakebaseErrorKind.InvalidArgument, $"The refused rows cannot be written to '{path}': {exception.Message}")
            {
                Target = path,
                Cause = exception,
                Remedy = "Give another -RejectPath and run the load again; the rows are kept in lakebase_ops.load_reject.",
            }.ToException();
        }
        finally
        {
            File.Delete(part);
        }

        async Task<long> WriteAsync()
        {
            Dictionary<(int, long), long> before = LinesBefore(chunks, source);
            long count = 0;
            FileStream file = new(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(Encoding.UTF8.GetBytes(Header), cancellationToken).ConfigureAwait(false);
                using NpgsqlCommand command = new(Sql, connection) { Parameters = { new() { Value = loadId } } };
                ArrayBufferWriter<byte> line = new();
                NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    for (; await row.ReadAsync(cancellationToken).ConfigureAwait(false); count++)
                    {
                        line.ResetWrittenCount();
                        Format(row, before, source, line);
                        await file.WriteAsync(line.WrittenMemory, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            return count;
        }
    }

    /// <summary>Lines before each chunk, as far as all chunks before it are known.</summary>
    private static Dictionary<(int Input, long From), long> LinesBefore(IReadOnlyList<LoadedChunk> chunks, LoadSource source)
    {
        Dictionary<(int, long), long> lines = [];
        foreach (IGrouping<int, LoadedChunk> input in chunks.GroupBy(chunk => chunk.Range.Input))
        {
            (long at, long line) = source.BeginningOf(input.Key);
            foreach (LoadedChunk chunk in input.OrderBy(chunk => chunk.Range.From).TakeWhile(chunk => chunk.Range.From == at || at < 0))
            {
                lines[(input.Key, chunk.Range.From)] = line;
                line += chunk.Lines;
                at = chunk.Range.To;
            }
        }

        return lines;
    }

    private static void Format(
        NpgsqlDataReader row, Dictionary<(int, long), long> before, LoadSource source, ArrayBufferWriter<byte> line)
    {
        (int input, long from) = (row.GetInt32(0), row.GetInt64(1));
        bool file = source.NameOf(input) is not null;
        Field(Encoding.UTF8.GetBytes(source.NameOf(input) ?? source.Description));
        // Where there are no lines, it is the number of the object.
        Field(Number(!file ? from + row.GetInt32(8) + 1 : before.TryGetValue((input, from), out long lines) ? lines + row.GetInt64(3) + 1 : null));
        Field(Number(file ? from + row.GetInt32(2) : null));
        Field(Encoding.UTF8.GetBytes(row.IsDBNull(4) ? "" : row.GetString(4)));
        Field(Encoding.UTF8.GetBytes(row.GetString(5)));
        Field(Encoding.UTF8.GetBytes(row.GetString(6)));
        Field(row.GetFieldValue<byte[]>(7));
        line.Write("\n"u8);
        return;

        void Field(ReadOnlySpan<byte> value)
        {
            bool first = line.WrittenCount == 0;
            if (!first)
                line.Write(","u8);
            if (value.IndexOfAny("\",\r\n"u8) < 0)
            {
                line.Write(value);
            }
            else
            {
                line.Write("\""u8);
                foreach (byte one in value)
                    line.Write(one == (byte)'"' ? "\"\""u8 : [one]);
                line.Write("\""u8);
            }
        }

        static byte[] Number(long? number) => number is long known ? Encoding.UTF8.GetBytes(known.ToString(CultureInfo.InvariantCulture)) : [];
    }
}
