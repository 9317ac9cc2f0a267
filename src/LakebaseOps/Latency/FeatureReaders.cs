namespace LakebaseOps.Latency;

/// <summary>The backends that are measured side by side, each opened once.</summary>
internal sealed class FeatureReaders(IReadOnlyList<IFeatureReader> all) : IAsyncDisposable
{
    /// <summary>Every one.</summary>
    public IReadOnlyList<IFeatureReader> All => all;

    /// <summary>Requests that each can read at the same time.</summary>
    public int Size => all.Min(reader => reader.Size);

    /// <summary>That of a name.</summary>
    public IFeatureReader Of(FeatureBackend backend)
    {
        for (int at = 0; at < all.Count; at++)
        {
            if (all[at].Backend == backend)
                return all[at];
        }

        throw new ArgumentOutOfRangeException(nameof(backend), backend, null);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (IFeatureReader reader in all)
            await reader.DisposeAsync().ConfigureAwait(false);
    }
}
