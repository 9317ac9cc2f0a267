namespace LakebaseOps.Latency;

/// <summary>Refuses options that cannot be measured, before anything is connected.</summary>
internal static class MeasurementArguments
{
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static void Demand(MeasureFeatureLatencyOptions options)
    {
        DemandRequests(options);
        Demand(options.Backend.Count > 0, "Backend", "names no backend");
        bool isDynamo = options.Backend.Contains(FeatureBackend.DynamoDb);
        Demand(isDynamo || (options.ServiceUrl is null && options.Region is null), "ServiceUrl", "and Region are those of the backend DynamoDb");
        Demand(!isDynamo || !options.Consistent, "Consistent", "is not for the backend DynamoDb: it has no snapshot over several tables");
        Demand(!isDynamo || options.RefreshRate.All(rate => rate == 0), "RefreshRate", "refreshes PostgreSQL's tables and not their copies: measure the backend DynamoDb without it");
        Demand(!isDynamo || options.CacheState.Count == 0, "CacheState", "is that of PostgreSQL's cache: measure the backend DynamoDb without it");
        Demand(!options.ProveRoundTrips || options.Backend.Contains(FeatureBackend.PostgreSql), "ProveRoundTrips", "is for the backend PostgreSql");
        Demand(options.Clients is { Count: > 0 } && options.Clients.All(clients => clients is >= 1 and <= 1_000),
            "Clients", "must be from 1 to 1,000");
        Demand(options.Requests is null || options.Duration is null, "Requests",
            "cannot be given together with Duration");
        Demand(options.Duration is null || options.Duration > TimeSpan.Zero, "Duration", "must be longer than nothing");
        Demand(options.WarmUpLimit >= 0, "WarmUpLimit", "must not be negative");
        Demand(options.SlaP99Ms is null or > 0, "SlaP99Ms", "must be above 0");
        Demand(options.Rate.All(rate => rate is > 0 and <= 1_000_000), "Rate", "must be above 0 and at most 1,000,000");
        Demand(options.Rate.Count == 0 || options.Clients is [1], "Clients", "are those of a closed loop and cannot be given with Rate; MaxInFlight bounds an open one");
        Demand(options.RefreshRate.All(rate => rate is >= 0 and <= 10_000_000), "RefreshRate", "must be from 0 to 10,000,000");
        Demand(!options.FindRate || (options.RefreshRate.Count <= 1 && options.CacheState.Count == 0), "FindRate", "searches under one RefreshRate at most, and in the cache as it is");
        Demand(options.MaxInFlight is >= 1 and <= 10_000, "MaxInFlight", "must be from 1 to 10,000");
        Demand(options.ErrorLimit is >= 0 and <= 1, "ErrorLimit", "must be from 0 to 1");
        Demand(!options.FindRate || options.Requests is null, "FindRate", "measures each trial for a time and takes no Requests");
        Demand(!options.FindRate || options.Rate.Count <= 1, "FindRate", "begins at one Rate");
    }

    /// <summary>The part of it that says which requests are sent.</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static void DemandRequests(FeatureRequestOptions options)
    {
        Demand(options.Mode.Count > 0, "Mode", "names no mode");
        Demand(options.Distribution.Count > 0, "Distribution", "names no distribution");
        Demand(options.Requests is null or >= 1, "Requests", "must be at least 1");
        Demand(options.PoolSize is null or (>= 1 and <= 1_000), "PoolSize", "must be from 1 to 1,000");
        Demand(options.Skew is >= 0 and <= 20, "Skew", "must be from 0 to 20");
        Demand(options.HotShare is >= 0 and <= 1, "HotShare", "must be from 0 to 1");
        Demand(options.HotFraction is > 0 and <= 1, "HotFraction", "must be above 0 and at most 1");
        Demand(options.MissShare is >= 0 and <= 1, "MissShare", "must be from 0 to 1");
        Demand(options.Distribution.Contains(KeyDistribution.File) == options.KeyPath is { Length: > 0 }, "KeyPath", "and the distribution File go together");
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
