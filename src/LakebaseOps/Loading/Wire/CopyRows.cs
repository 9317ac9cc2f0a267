using Npgsql;

namespace LakebaseOps.Loading.Wire;

/// <summary>Takes a row in the binary form of COPY: number of fields, fields with their lengths.</summary>
internal delegate void CopyRowAction(ReadOnlySpan<byte> row);

/// <summary>Reads the rows of a binary COPY one by one.</summary>
internal static class CopyRows
{
    /// <summary>All rows of a table or query of a server.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="what">What COPY names: a table with columns, or a query in parentheses.</param>
    /// <param name="use">Called for each row.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task ReadAsync(NpgsqlConnection connection, string what, CopyRowAction use, CancellationToken cancellationToken)
    {
        NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync($"COPY {what} TO STDOUT (FORMAT binary)", cancellationToken).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            // The first row of a query may be long in coming.
            copy.ReadTimeout = System.Threading.Timeout.Infinite;
            byte[] buffer = new byte[1 << 16];
            int filled = 0;
            bool header = false;
            while (true)
            {
                int read = await copy.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
                filled += read;
                int at = 0;
                if (!header && filled >= CopyRow.HeaderBytes)
                {
                    at = CopyRow.HeaderBytes;
                    header = true;
                }

                if (header)
                    at += Use(buffer.AsSpan(at, filled - at), use);
                buffer.AsSpan(at, filled - at).CopyTo(buffer);
                filled -= at;
                if (read == 0)
                    return;
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    /// <summary>The whole rows at the beginning of some bytes; answers how many bytes they are.</summary>
    public static int Use(ReadOnlySpan<byte> bytes, CopyRowAction use)
    {
        int at = 0;
        while (CopyRow.Measure(bytes[at..]) is int length and > 0)
        {
            use(bytes.Slice(at, length));
            at += length;
        }

        return at;
    }
}
