using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Benchmarks.Loading.Contenders;

/// <summary>
/// The ceiling: bytes of binary COPY that were made beforehand, sent in blocks of 64 KB, one stream and one transaction
/// for each part. Nothing that goes over the wire into the same table can be faster than the server takes this.
/// </summary>
internal sealed class RawBinary(
    BenchServer server, string table, int streams, Func<CancellationToken, Task<IReadOnlyList<byte[]>>> encode) : Contender
{
    private IReadOnlyList<byte[]>? _parts;

    /// <inheritdoc />
    public override string Name => $"raw binary, {streams} streams";

    /// <inheritdoc />
    public override async Task PrepareAsync(CancellationToken cancellationToken) => _parts ??= await encode(cancellationToken);

    /// <inheritdoc />
    public override async Task<RunNote?> RunAsync(Meter meter, CancellationToken cancellationToken)
    {
        await Task.WhenAll(_parts!.Select(part => Task.Run(() => SendAsync(part, cancellationToken), cancellationToken)));
        return null;
    }

    private async Task SendAsync(byte[] part, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await server.Raw.OpenConnectionAsync(cancellationToken);
        await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
            $"COPY {TableName.Parse(table).ToSql()} FROM STDIN (FORMAT binary)", cancellationToken);
        for (int at = 0; at < part.Length; at += CopyBuffer.BlockBytes)
            await stream.WriteAsync(part.AsMemory(at, Math.Min(CopyBuffer.BlockBytes, part.Length - at)), cancellationToken);
    }
}
