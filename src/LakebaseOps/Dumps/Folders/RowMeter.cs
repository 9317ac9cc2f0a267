using System.Globalization;
using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Dumps.Folders;

/// <summary>Counts and hashes the rows of a COPY as its bytes go by, wherever these are cut.</summary>
internal abstract class RowMeter
{
    private byte[] _rest = [];
    private int _restLength;

    /// <summary>Rows so far.</summary>
    public long Rows { get; private protected set; }

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Sum of the rows' hashes modulo 2^128.</summary>
    public UInt128 Sum { get; private protected set; }

    /// <summary>The sum as a manifest writes it.</summary>
    public string Hash => Text(Sum);

    /// <summary>Bytes before the first row that is not whole yet.</summary>
    public long RowOffset => Bytes - _restLength;

    /// <summary>A meter for a form of rows.</summary>
    public static RowMeter For(DumpDataFormat format, int columns, IReadOnlyList<string>? masks) =>
        format == DumpDataFormat.Csv ? new CsvMeter() : new TupleMeter(columns, OidMask.Of(masks));

    /// <summary>A sum as a manifest writes it.</summary>
    public static string Text(UInt128 sum) => sum.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>A sum from a manifest.</summary>
    public static UInt128 Number(string hash) => UInt128.Parse(hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Looks at the next bytes.</summary>
    /// <exception cref="InvalidDataException">They cannot be rows of these columns.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (_restLength > 0 && bytes.Length > 0)
        {
            // A row that was cut: takes what is likely to complete it, more each time, and gives back what is behind its end.
            int take = Math.Min(bytes.Length, Math.Max(256, _restLength));
            if (_rest.Length < _restLength + take)
                Array.Resize(ref _rest, Math.Max(1024, (_restLength + take) * 2));
            bytes[..take].CopyTo(_rest.AsSpan(_restLength));
            int used = Use(_rest.AsSpan(0, _restLength + take));
            if (used >= _restLength)
            {
                bytes = bytes[(used - _restLength)..];
                _restLength = 0;
            }
            else
            {
                bytes = bytes[take..];
                _restLength += take - used;
                _rest.AsSpan(used, _restLength).CopyTo(_rest);
            }
        }

        if (bytes.Length == 0)
            return;
        int whole = Use(bytes);
        ReadOnlySpan<byte> left = bytes[whole..];
        if (_rest.Length < left.Length)
            _rest = new byte[Math.Max(1024, left.Length * 2)];
        left.CopyTo(_rest);
        _restLength = left.Length;
    }

    /// <summary>Says that there are no more bytes.</summary>
    /// <exception cref="InvalidDataException">Something is missing.</exception>
    public void End()
    {
        if (_restLength > 0 || !IsComplete)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it ends within row {Rows + 1}, which begins at byte {RowOffset}"));
    }

    /// <summary>True when nothing more is due.</summary>
    private protected abstract bool IsComplete { get; }

    /// <summary>Counts the whole rows at the beginning and answers how many bytes they are.</summary>
    private protected abstract int Use(ReadOnlySpan<byte> bytes);
}
