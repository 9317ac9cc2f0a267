using System.Text;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Tests.Loading.Fuzz;

namespace LakebaseOps.Tests.Loading;

/// <summary>The window over a chunk: however small it is, nobody notices.</summary>
public sealed class CsvReaderTests
{
    [Fact]
    public void Whatever_the_window_the_records_are_the_same()
    {
        for (int number = 0; number < 20_000; number++)
        {
            CsvCase one = CsvCase.Make(number);
            Random random = new(number);
            LineEnd lineEnd = (LineEnd)random.Next(3);
            byte[] data = [.. one.Unmarked, .. new byte[CsvStops.Block]];
            using PieceChunk chunk = new(data, one.Unmarked.Length, lineEnd);
            CsvRecords whole = new(one.Dialect, one.Columns);
            whole.Open(data, 0, one.Unmarked.Length, lineEnd);
            CsvReader reader = new(one.Dialect, one.Columns, window: random.Next(1, 50));
            reader.Open(chunk);
            List<(long Position, long Lines, int Index)> marks = [];
            List<string> expected = [];
            for (int index = 0; ; index++)
            {
                marks.Add((reader.Position, reader.Lines, index));
                (bool isThere, string what) = Look(() => whole.Read(), () => whole);
                expected.Add(what);
                Assert.Equal((isThere, what), Look(reader.Read, () => reader.Record));
                if (!isThere)
                    break;
                Assert.Equal((whole.Start, whole.Position), (reader.Start, reader.Position));
                Assert.Equal(data[whole.Start..whole.Position], reader.Raw.ToArray());
                byte end = lineEnd == LineEnd.Return ? (byte)'\r' : (byte)'\n';
                Assert.Equal(data.AsSpan(0, whole.Start).Count(end), reader.LinesBefore);
            }

            // Back to any record, and on from there.
            (long position, long lines, int back) = marks[random.Next(marks.Count)];
            reader.Open(chunk, position, lines);
            for (int index = back; index < expected.Count; index++)
            {
                Assert.Equal(lines, index == back ? reader.Lines : lines);
                Assert.Equal(Unnumbered(expected[index]), Unnumbered(Look(reader.Read, () => reader.Record).What));
            }
        }

        // A fault's record counts from where the reader was opened.
        static string Unnumbered(string what) => what.Split('#')[0];

        (bool IsThere, string What) Look(Func<bool> read, Func<CsvRecords> record)
        {
            try
            {
                return read() ? (true, string.Join('|', Enumerable.Range(0, record().Count).Take(5).Select(field => Field(record(), field)))) : (false, "end");
            }
            catch (CsvFault fault)
            {
                return (true, $"{fault.SqlState} {fault.Message} in {fault.Column} #{fault.Record}");
            }
        }

        static string Field(CsvRecords record, int field) => record.IsNull(field) ? "NULL" : Encoding.Latin1.GetString(record[field]);
    }

    private sealed class PieceChunk(byte[] data, int length, LineEnd lineEnd) : CsvChunk(new LoadRange(0, 0, length), length, lineEnd)
    {
        public override void Read(long at, Span<byte> into) => data.AsSpan((int)at, into.Length).CopyTo(into);
    }
}
