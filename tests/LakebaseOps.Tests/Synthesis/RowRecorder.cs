using System.Globalization;
using System.Text;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Tests.Synthesis;

/// <summary>Keeps rows as the values that were written.</summary>
internal sealed class RowRecorder : IRowWriter
{
    private readonly List<object?[]> _rows = [];
    private int _at;

    public IReadOnlyList<object?[]> Rows => _rows;

    public IEnumerable<string> Texts => _rows.Select(row => string.Join('|', row.Select(
        value => Convert.ToString(value, CultureInfo.InvariantCulture))));

    public void StartRow(int columns)
    {
        _rows.Add(new object?[columns]);
        _at = 0;
    }

    public void WriteNull() => Add(null);

    public void WriteBoolean(bool value) => Add(value);

    public void WriteInt16(short value) => Add(value);

    public void WriteInt32(int value) => Add(value);

    public void WriteInt64(long value) => Add(value);

    public void WriteSingle(float value) => Add(value);

    public void WriteDouble(double value) => Add(value);

    public void WriteTimestamp(long microseconds) => Add(microseconds);

    public void WriteDate(int days) => Add(days);

    public void WriteUuid(Guid value) => Add(value);

    public void WriteText(ReadOnlySpan<byte> utf8) => Add(Encoding.UTF8.GetString(utf8));

    public void WriteBytes(ReadOnlySpan<byte> value) => Add(Convert.ToHexStringLower(value));

    private void Add(object? value) => _rows[^1][_at++] = value;
}
