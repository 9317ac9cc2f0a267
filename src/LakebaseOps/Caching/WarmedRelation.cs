namespace LakebaseOps.Caching;

/// <summary>What warming did to one relation.</summary>
/// <param name="By">How it was warmed; empty when it was not.</param>
/// <param name="Duration">How long that took.</param>
internal sealed record WarmedRelation(string By, TimeSpan Duration)
{
    /// <summary>What it adds to the evidence of residency.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>Blocks that came from outside shared buffers; null when not counted.</summary>
    public long? BlocksRead { get; init; }

    /// <summary>The same when the requests were sent again.</summary>
    public long? BlocksReadAgain { get; init; }
}
