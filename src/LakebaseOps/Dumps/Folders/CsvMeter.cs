using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Dumps.Folders;

/// <summary>The records of a COPY as CSV: each ends with a line feed outside of quotes, and is hashed without it.</summary>
internal sealed class CsvMeter : RowMeter
{
    private protected override bool IsComplete => true;

    private protected override int Use(ReadOnlySpan<byte> bytes)
    {
        int start = 0;
        int at = 0;
        bool quoted = false;
        while (true)
        {
            int next = quoted ? bytes[at..].IndexOf((byte)'"') : bytes[at..].IndexOfAny((byte)'"', (byte)'\n');
            if (next < 0)
                return start;
            at += next + 1;
            if (bytes[at - 1] == '"')
            {
                // A doubled quote leaves and comes back at once.
                quoted = !quoted;
                continue;
            }

            Sum = unchecked(Sum + RowHash.Of(bytes[start..(at - 1)]));
            Rows++;
            start = at;
        }
    }
}
