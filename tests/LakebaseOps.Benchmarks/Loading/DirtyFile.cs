namespace LakebaseOps.Benchmarks.Loading;

/// <summary>
/// A clean file with bad rows put between its rows, so that a load that keeps every good row and refuses every bad one
/// leaves the very table of the clean file.
/// </summary>
internal static class DirtyFile
{
    /// <summary>One bad row for so many good ones.</summary>
    public const int GoodRowsPerBad = 1_000;

    /// <summary>What <see cref="LoadShape.Narrow"/> looks like with the constraints that the last two classes break.</summary>
    public static string Ddl { get; } = LoadShape.Narrow.Ddl
        .Replace("key text", "key text NOT NULL", StringComparison.Ordinal)
        .Replace("level integer", "level integer CHECK (level >= 0)", StringComparison.Ordinal);

    /// <summary>The classes of bad rows, in turns.</summary>
    private static readonly byte[][] Bad =
    [
        "too few fields,1,2\n"u8.ToArray(),
        "too many fields,1,2,2026-01-01 00:00:00+00,1,2,3,4,5\n"u8.ToArray(),
        "letters in a bigint,one,2,2026-01-01 00:00:00+00,1,2,3,4\n"u8.ToArray(),
        "bigint out of range,9223372036854775808,2,2026-01-01 00:00:00+00,1,2,3,4\n"u8.ToArray(),
        "integer out of range,1,2147483648,2026-01-01 00:00:00+00,1,2,3,4\n"u8.ToArray(),
        "no such day,1,2,2026-02-30 00:00:00+00,1,2,3,4\n"u8.ToArray(),
        "letters in a double,1,2,2026-01-01 00:00:00+00,1.x,2,3,4\n"u8.ToArray(),
        "double out of range,1,2,2026-01-01 00:00:00+00,1e999,2,3,4\n"u8.ToArray(),
        [.. "not UTF-8 "u8, 0xC3, 0x28, .. ",1,2,2026-01-01 00:00:00+00,1,2,3,4\n"u8],
        [.. "zero byte "u8, 0, .. ",1,2,2026-01-01 00:00:00+00,1,2,3,4\n"u8],
        ",1,2,2026-01-01 00:00:00+00,1,2,3,4\n"u8.ToArray(),
        "breaks the check,1,2,2026-01-01 00:00:00+00,1,2,3,-4\n"u8.ToArray(),
    ];

    /// <summary>Number of classes.</summary>
    public static int Classes => Bad.Length;

    /// <summary>Number of the first classes: those that a reader of the file can tell without the server.</summary>
    public static int PlainClasses => Bad.Length - 2;

    /// <summary>Writes the dirty copy of a file whose every line is a row; how many bad rows are in it.</summary>
    public static async Task<long> WriteAsync(string clean, string dirty, int classes, CancellationToken cancellationToken)
    {
        long rows = 0;
        long bad = 0;
        byte[] block = new byte[1 << 20];
        await using FileStream from = File.OpenRead(clean);
        await using FileStream to = File.Create(dirty);
        int read;
        while ((read = await from.ReadAsync(block, cancellationToken)) > 0)
        {
            int written = 0;
            for (int at = 0; (at = block.AsSpan(written, read - written).IndexOf((byte)'\n')) >= 0;)
            {
                await to.WriteAsync(block.AsMemory(written, at + 1), cancellationToken);
                written += at + 1;
                if (++rows % GoodRowsPerBad == 0)
                    await to.WriteAsync(Bad[bad++ % classes], cancellationToken);
            }

            await to.WriteAsync(block.AsMemory(written, read - written), cancellationToken);
        }

        return bad;
    }
}
