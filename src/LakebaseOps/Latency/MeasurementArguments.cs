namespace LakebaseOps.Latency;

/// <summary>Refuses options that cannot be measured, before anything is connected.</summary>
internal static class MeasurementArguments
{
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static void Demand(MeasureFeatureLatencyOptions options)
    {
        Demand(options.Mode.Count > 0, "Mode", "names no mode");
        Demand(options.Distribution.Count > 0, "Distribution", "names no distribution");
        Demand(options.Clients is { Count: > 0 } && options.Clients.All(clients => clients is >= 1 and <= 1_000),
            "Clients", "must be from 1 to 1,000");
        Demand(options.Requests is null || options.Duration is null, "Requests",
            "cannot be given together with Duration");
        Demand(options.Requests is null or >= 1, "Requests", "must be at least 1");
        Demand(options.Duration is null || options.Duration > TimeSpan.Zero, "Duration", "must be longer than nothing");
        Demand(options.WarmUpLimit >= 0, "WarmUpLimit", "must not be negative");
        Demand(options.PoolSize is null or (>= 1 and <= 1_000), "PoolSize", "must be from 1 to 1,000");
        Demand(options.Skew is >= 0 and <= 20, "Skew", "must be from 0 to 20");
        Demand(options.HotShare is >= 0 and <= 1, "HotShare", "must be from 0 to 1");
        Demand(options.HotFraction is > 0 and <= 1, "HotFraction", "must be above 0 and at most 1");
        Demand(options.MissShare is >= 0 and <= 1, "MissShare", "must be from 0 to 1");
        Demand(options.SlaP99Ms is null or > 0, "SlaP99Ms", "must be above 0");
    }

    private static void Demand(bool holds, string parameter, string fault)
    {
        if (!holds)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                $"-{parameter} {fault}.")
            { Target = parameter, Remedy = "Get-Help Measure-LakebaseFeatureLatency shows what each parameter takes." }.ToException();
        }
    }
}
