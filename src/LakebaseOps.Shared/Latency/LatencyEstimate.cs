namespace LakebaseOps;

/// <summary>
/// How much of a request's time network or server may have had. No client can see where the two meet, so these are estimates, each with
/// its source; they do not add up to anything.
/// </summary>
/// <param name="Name">"Network" or "Server".</param>
/// <param name="MeanUs">Microseconds of a request; null when the source is not there.</param>
/// <param name="Share">The same as a share of the mean response time; null when the source is not there.</param>
/// <param name="Source">Where the figure is from and what it holds, or why there is none.</param>
public sealed record LatencyEstimate(string Name, double? MeanUs, double? Share, string Source);
