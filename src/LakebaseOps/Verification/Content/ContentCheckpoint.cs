using System.Text.Json;

namespace LakebaseOps.Verification.Content;

/// <summary>
/// Digests of the parts that are read, in a file: a comparison that died goes on where it was. Each line is one part, with all it
/// depends on, so that parts of a table that has changed since are not found again.
/// </summary>
internal sealed class ContentCheckpoint : IDisposable
{
    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<(string Side, long Part), string> _known = [];
    private readonly Dictionary<string, string> _states = [];

    private ContentCheckpoint(string path) => _path = path;

    /// <summary>Reads what is there.</summary>
    public static async Task<ContentCheckpoint> OpenAsync(string path, CancellationToken cancellationToken)
    {
        ContentCheckpoint checkpoint = new(path);
        if (!File.Exists(path))
            return checkpoint;
        foreach (string line in await File.ReadAllLinesAsync(path, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (JsonSerializer.Deserialize<Entry>(line) is Entry entry)
                    checkpoint._known[($"{entry.Side}\n{entry.State}", entry.Part)] = entry.Digest;
            }
            catch (JsonException)
            {
                // The line that was being written when it died.
            }
        }

        return checkpoint;
    }

    /// <summary>Says what the digests of a side depend on: its columns, and the state of its table.</summary>
    public void Describe(string side, string state) => _states[side] = state;

    /// <summary>The digest of a part; null when it is not known.</summary>
    public ContentDigest? Find(string side, long part) =>
        _known.TryGetValue(($"{side}\n{_states[side]}", part), out string? digest) ? ContentDigest.Of(Convert.FromBase64String(digest)) : null;

    /// <summary>Keeps the digest of a part.</summary>
    public async Task KeepAsync(string side, long part, ContentDigest digest, CancellationToken cancellationToken)
    {
        string line = JsonSerializer.Serialize(new Entry(side, _states[side], part, Convert.ToBase64String(digest.ToBytes())));
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await File.AppendAllTextAsync(_path, $"\n{line}", cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The comparison is done.</summary>
    public void Remove() => File.Delete(_path);

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private sealed record Entry(string Side, string State, long Part, string Digest);
}
