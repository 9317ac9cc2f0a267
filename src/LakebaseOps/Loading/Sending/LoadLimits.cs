namespace LakebaseOps.Loading.Sending;

/// <summary>What a load may take of the server at most.</summary>
/// <param name="BytesPerSecond">Bytes per second over all streams of this process; null for no limit.</param>
/// <param name="WalLag">Bytes of write-ahead log that a standby or slot may be behind; null for no limit.</param>
internal sealed record LoadLimits(long? BytesPerSecond, long? WalLag);
