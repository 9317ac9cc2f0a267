using System.Runtime.CompilerServices;

namespace LakebaseOps.Loading.Wire;

/// <summary>A <see cref="CopyBuffer"/> as a value type, so that generic row makers call it directly instead of through the interface.</summary>
/// <param name="Buffer">The buffer written to.</param>
public readonly record struct CopyWriter(CopyBuffer Buffer) : IRowWriter
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StartRow(int columns) => Buffer.StartRow(columns);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteNull() => Buffer.WriteNull();

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBoolean(bool value) => Buffer.WriteBoolean(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt16(short value) => Buffer.WriteInt16(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt32(int value) => Buffer.WriteInt32(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt64(long value) => Buffer.WriteInt64(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteSingle(float value) => Buffer.WriteSingle(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDouble(double value) => Buffer.WriteDouble(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteTimestamp(long microseconds) => Buffer.WriteTimestamp(microseconds);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDate(int days) => Buffer.WriteDate(days);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUuid(Guid value) => Buffer.WriteUuid(value);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteText(ReadOnlySpan<byte> utf8) => Buffer.WriteText(utf8);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBytes(ReadOnlySpan<byte> value) => Buffer.WriteBytes(value);
}
