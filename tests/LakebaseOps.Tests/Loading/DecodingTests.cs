using System.IO.Compression;
using System.Text;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Tests.Loading;

/// <summary>Encodings and packing: what comes out is what the server itself would decode, and nothing is lost or guessed.</summary>
public sealed class DecodingTests(PostgresServer server) : LoadTest(server)
{
    [Theory]
    [InlineData("LATIN1", "LATIN1")]
    [InlineData("latin1", "LATIN1")]
    [InlineData("iso-8859-15", "LATIN9")]
    [InlineData("LATIN9", "LATIN9")]
    [InlineData("WIN1252", "WIN1252")]
    [InlineData("windows-1252", "WIN1252")]
    [InlineData("WIN1251", "WIN1251")]
    [InlineData("WIN1253", "WIN1253")]
    [InlineData("KOI8R", "KOI8R")]
    [InlineData("ISO_8859_5", "ISO_8859_5")]
    public async Task Every_byte_of_an_encoding_is_what_the_server_takes_it_for(string name, string serversName)
    {
        ITextDecoder decoder = SingleByteDecoder.For(TextEncodings.Named(name)!)!;
        byte[] text = new byte[3];
        for (int value = 1; value < 256; value++)
        {
            int length = decoder.Decode([(byte)value], text, isLast: true);
            string ours = text[0] == TextInput.Undecodable ? "" : Convert.ToHexString(text, 0, length);
            Assert.True(await TheirsAsync(value) == ours, $"{name} 0x{value:x2}: we {ours}");
        }

        async Task<string> TheirsAsync(int value)
        {
            try
            {
                return (await ScalarAsync<string>($"SELECT upper(encode(convert('\\x{value:x2}', '{serversName}', 'UTF8'), 'hex'))"));
            }
            catch (Npgsql.PostgresException exception) when (exception.SqlState is "22P05" or "22021")
            {
                return "";
            }
        }
    }

    [Fact]
    public async Task Decoded_piece_by_piece_the_text_is_the_same()
    {
        string text = string.Concat(Enumerable.Range(0, 3000).Select(number => $"{number} äö€ß 日本 😀 plain text{new string('x', number % 70)}\n"));
        foreach (Encoding encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, TextEncodings.Named("GB18030")!, TextEncodings.Named("latin1")!, TextEncodings.Named("win1252")! })
        {
            byte[] encoded = encoding.GetBytes(text);
            string whole = encoding.GetString(encoded);
            foreach (int piece in new[] { 1, 2, 3, 7, 100_000 })
            {
                await using TextInput input = new(new PieceStream(encoded, piece), encoding);
                using MemoryStream decoded = new();
                await input.CopyToAsync(decoded, Cancel);
                Assert.Equal(whole, Encoding.UTF8.GetString(decoded.ToArray()));
            }
        }
    }

    [Fact]
    public async Task Files_of_any_encoding_and_packing_hold_the_same_rows()
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text)");
        string text = "k,v\n1,Ä€\n2,\"a\nb\"\n3,\n";
        (string Name, byte[] Bytes, string Encoding)[] files =
        [
            ("t.csv", Encoding.UTF8.GetBytes(text), "UTF8"),
            ("t.csv", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)], "utf-8"),
            ("t.csv", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)], "utf8"),
            ("t.csv", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)], "utf16"),
            ("t.csv", Encoding.Unicode.GetBytes(text), "utf16"),
            ("t.csv", TextEncodings.Named("WIN1252")!.GetBytes(text), "WIN1252"),
            ("t.csv.gz", Gzip(Encoding.UTF8.GetBytes(text)), "utf8"),
            ("t.csv", Gzip(Encoding.UTF8.GetBytes(text)), "utf8"),
            ("t.csv.gz", [.. Gzip("k,v\n1,Ä"u8), .. Gzip("€\n2,\"a\n"u8), .. Gzip("b\"\n3,\n"u8)], "utf8"),
            ("t.csv.br", Brotli(Encoding.UTF8.GetBytes(text)), "utf8"),
            ("t.csv.zst", Zstd(Encoding.UTF8.GetBytes(text)), "utf8"),
            ("t.csv", [.. Zstd("k,v\n1,Ä"u8), .. Zstd("€\n2,\"a\n"u8), .. Zstd("b\"\n3,\n"u8)], "utf8"),
            ("t.csv.zst", [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4, .. Zstd(Encoding.UTF8.GetBytes(text))], "utf8"),
            ("t.csv.br", Brotli(TextEncodings.Named("WIN1252")!.GetBytes(text)), "windows-1252"),
        ];
        foreach ((string name, byte[] bytes, string encoding) in files)
        {
            string file = Put(name, bytes);
            Assert.Equal(3, (await LoadAsync(new BulkLoadOptions { Path = [file], Encoding = encoding, Restart = true, SkipVacuum = true })).Rows);
            Assert.Equal(["(1,Ä€)", "(2,\"a\nb\")", "(3,)"], await RowsAsync("t"));
        }
    }

    [Theory]
    [InlineData("utf8", "t.csv line 3 (byte 8): invalid byte sequence for encoding \"UTF8\": 0xc4, at byte 2 of the record")]
    [InlineData("WIN1252", "t.csv line 4 (byte 14 of its text as UTF-8): bytes that are no text in windows-1252, at byte 2")]
    [InlineData("ascii", "t.csv line 3 (byte 8 of its text as UTF-8): bytes that are no text in us-ascii, at byte 2")]
    public async Task Bytes_that_are_no_text_are_a_bad_row(string encoding, string message)
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text)");
        string file = Put("t.csv", [.. "k,v\n1,a\n2,"u8, 0xC4, .. "x\n3,"u8, 0x81, .. "\n"u8]);

        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Path = [file], Encoding = encoding });

        Assert.Equal((ErrorIds.DataRejected, "22021"), (error.Id, error.SqlState));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Lines_are_counted_through_packed_files()
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text)");
        string text = "k,v\n" + string.Concat(Enumerable.Range(1, 5000).Select(number => $"{number},\"a\nb\"\n"));
        string good = Put("t.csv.gz", Gzip(Encoding.UTF8.GetBytes(text + "x,b\n")));

        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Path = [good], ChunkBytes = 1000 });

        Assert.Contains($"t.csv.gz line 10002 (byte {text.Length} unpacked), column k", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packed_files_that_break_off_or_go_on_are_refused()
    {
        await ExecuteAsync("CREATE TABLE t (k int, v text)");
        byte[] text = Encoding.UTF8.GetBytes("k,v\n" + string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number},{number * 7919L % 10007}\n")));
        byte[] gzip = Gzip(text);
        byte[] brotli = Brotli(text);
        byte[] zstd = Zstd(text);
        byte[] flipped = [.. gzip];
        flipped[^5] ^= 1;
        byte[] changed = [.. zstd];
        changed[^1] ^= 1;
        // A window of 2 GB, which a frame of a few bytes may ask for.
        byte[] wide = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 1, 0, 0];
        (string Name, byte[] Bytes)[] files =
        [
            .. new[] { gzip.Length / 2, gzip.Length - 1, gzip.Length - 4, gzip.Length - 8, gzip.Length - 9, 11, 5, 2 }.Select(length => ("t.csv.gz", gzip[..length])),
            ("t.csv.gz", [.. gzip, .. gzip[..(gzip.Length / 2)]]), ("t.csv.gz", [.. gzip, .. gzip[..5]]), ("t.csv.gz", [.. gzip, 1, 2, 3]),
            ("t.csv.gz", flipped),
            .. new[] { brotli.Length / 2, brotli.Length - 1, 1 }.Select(length => ("t.csv.br", brotli[..length])),
            ("t.csv.br", [.. brotli, 0]), ("t.csv.br", text),
            .. new[] { zstd.Length / 2, zstd.Length - 1, zstd.Length - 4, 6, 4 }.Select(length => ("t.csv.zst", zstd[..length])),
            ("t.csv.zst", [.. zstd, 0]), ("t.csv.zst", [.. zstd, .. text]), ("t.csv.zst", [.. zstd, .. zstd[..9]]), ("t.csv.zst", changed), ("t.csv.zst", wide),
        ];
        foreach ((string name, byte[] bytes) in files)
        {
            LakebaseError error = await RefusedAsync(new BulkLoadOptions { Path = [Put(name, bytes)], Restart = true });
            Assert.Equal(ErrorIds.DataRejected, error.Id);
            Assert.Contains("cannot be unpacked", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(new BulkLoadOptions { Path = [Put("t.csv", "k\n"u8)], Encoding = "klingon" })).Id);
    }

    private string Put(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Fastest))
            stream.Write(bytes);
        return packed.ToArray();
    }

    // As the program writes it by default: with a sum over the content.
    private static byte[] Zstd(ReadOnlySpan<byte> bytes)
    {
        using ZstdSharp.Compressor packer = new();
        packer.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return packer.Wrap(bytes).ToArray();
    }

    private static byte[] Brotli(ReadOnlySpan<byte> bytes)
    {
        MemoryStream packed = new();
        using (BrotliStream stream = new(packed, CompressionLevel.Fastest))
            stream.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
