using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>
/// The requests of one cell by number. A number alone determines the keys, whichever client comes to send it, so any
/// request can be looked at again afterwards.
/// </summary>
internal sealed class RequestStream(IReadOnlyList<KeySpace> spaces, IReadOnlyList<KeySampler> samplers, long seed,
    int stream, IReadOnlyList<FeatureRequest> kinds)
{
    private readonly double _weights = kinds.Sum(kind => kind.Weight);

    /// <summary>
    /// That of a cell: the same options, setting and place give the same requests, whoever sends them and what for.
    /// </summary>
    /// <param name="spaces">The keys of each entity.</param>
    /// <param name="distribution">How they are drawn.</param>
    /// <param name="options">The rest of it.</param>
    /// <param name="setting">Number of the setting, from 0.</param>
    /// <param name="stream">Place of the cell among those of the setting, from 0.</param>
    /// <param name="kinds">The kinds of requests.</param>
    public static RequestStream Of(
        IReadOnlyList<KeySpace> spaces, KeyDistribution distribution, FeatureRequestOptions options, int setting, int stream,
        IReadOnlyList<FeatureRequest> kinds) =>
        new(spaces, [.. spaces.Select(space => new KeySampler(distribution, space.Count, options))], options.Seed, (setting << 20) | stream, kinds);

    /// <summary>Writes the ids and keys of a request; returns its kind.</summary>
    public int Fill(long number, long[] ids, object[] keys)
    {
        SeededRandom random = SeededRandom.For(seed, stream, (int)number, (int)(number >> 32));
        for (int entity = 0; entity < spaces.Count; entity++)
        {
            ids[entity] = samplers[entity].Next(ref random, number);
            keys[entity] = spaces[entity].KeyAt(ids[entity]);
        }

        int kind = 0;
        // The last kind takes what rounding leaves.
        for (double at = kinds.Count > 1 ? random.NextDouble() * _weights : 0; kind < kinds.Count - 1 && at >= kinds[kind].Weight; kind++)
            at -= kinds[kind].Weight;
        return kind;
    }

    /// <summary>The keys of a request as text.</summary>
    public string Describe(long number)
    {
        object[] keys = new object[spaces.Count];
        Fill(number, new long[spaces.Count], keys);
        return string.Join(" / ", keys.Select(Keys.Format));
    }
}
