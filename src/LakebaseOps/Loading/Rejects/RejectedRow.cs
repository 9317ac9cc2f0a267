namespace LakebaseOps.Loading.Rejects;

/// <summary>A row that was refused.</summary>
/// <param name="Record">Number within its chunk, from 0.</param>
/// <param name="Start">Offset of its first byte within the chunk.</param>
/// <param name="Line">Number of its first line within the chunk, from 0.</param>
/// <param name="Column">The column at fault; null when that is not known.</param>
/// <param name="SqlState">What kind of fault.</param>
/// <param name="Reason">The fault in words.</param>
/// <param name="Raw">The row as the input has it.</param>
internal sealed record RejectedRow(int Record, long Start, long Line, string? Column, string SqlState, string Reason, byte[] Raw);
