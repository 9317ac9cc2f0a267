namespace LakebaseOps.Loading.Wire.Types;

/// <summary>jsonb: version 1, then the text; the server reads and checks it.</summary>
internal static class JsonbCodec
{
    /// <summary>Writes a value.</summary>
    public static void Write(ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        Span<byte> field = buffer.WriteField(1 + text.Length);
        field[0] = 1;
        text.CopyTo(field[1..]);
    }
}
