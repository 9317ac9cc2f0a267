using System.Buffers.Binary;
using System.Globalization;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Dumps.Folders;

/// <summary>The rows of a binary COPY, header and end mark included.</summary>
/// <param name="columns">Fields of each row.</param>
/// <param name="mask">Takes out of the hash what differs from server to server; null for the plain bytes.</param>
internal sealed class TupleMeter(int columns, OidMask? mask = null) : RowMeter
{
    private bool _hasHeader;
    private bool _isEnd;

    private protected override bool IsComplete => _isEnd;

    private protected override int Use(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        if (!_hasHeader)
        {
            if (bytes.Length < CopyRow.HeaderBytes)
                return 0;
            if (!bytes.StartsWith("PGCOPY\n"u8) || bytes[7] != 0xFF || !bytes[8..].StartsWith("\r\n\0\0\0\0\0\0\0\0\0"u8))
                throw new InvalidDataException("it does not begin like rows of COPY");
            _hasHeader = true;
            at = CopyRow.HeaderBytes;
        }

        UInt128 sum = Sum;
        long rows = Rows;
        while (at < bytes.Length && !_isEnd)
        {
            ReadOnlySpan<byte> rest = bytes[at..];
            int length = CopyRow.Measure(rest);
            if (length == 0 && (rest.Length < 2 || BinaryPrimitives.ReadInt16BigEndian(rest) == columns))
                break;
            if (length == CopyRow.EndMark)
            {
                _isEnd = true;
                at += 2;
            }
            else if (BinaryPrimitives.ReadInt16BigEndian(rest) != columns)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                    $"row {rows + 1} has {BinaryPrimitives.ReadInt16BigEndian(rest)} fields instead of {columns}"));
            }
            else
            {
                sum = unchecked(sum + (mask is null ? RowHash.Of(rest[..length]) : mask.Hash(rest[..length])));
                rows++;
                at += length;
            }
        }

        Sum = sum;
        Rows = rows;
        if (_isEnd && at < bytes.Length)
            throw new InvalidDataException("there are bytes behind the last row");
        return at;
    }
}
