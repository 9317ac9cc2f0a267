using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>What lies in folders of a volume.</summary>
/// <param name="client">Sends the requests.</param>
internal sealed class VolumeListing(VolumeClient client)
{
    private const int Page = 1000;
    private const int Parallel = 4;

    /// <summary>All files below a folder, by their paths within it; none when there is no such folder.</summary>
    /// <param name="folder">Path in the API.</param>
    /// <param name="path">What a person calls it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<StoreEntry>> AllAsync(string folder, string path, CancellationToken cancellationToken)
    {
        List<StoreEntry> files = [];
        List<string> level = [""];
        while (level.Count > 0)
        {
            ConcurrentBag<(StoreEntry Entry, bool IsFolder)> found = [];
            ParallelOptions few = new() { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
            await System.Threading.Tasks.Parallel.ForEachAsync(level, few, async (below, stop) =>
            {
                foreach ((StoreEntry entry, bool isFolder) in await OneAsync($"{folder}{(below.Length == 0 ? "" : "/")}{below}", path, stop).ConfigureAwait(false))
                    found.Add((entry with { Name = below.Length == 0 ? entry.Name : $"{below}/{entry.Name}" }, isFolder));
            }).ConfigureAwait(false);
            files.AddRange(found.Where(one => !one.IsFolder).Select(one => one.Entry));
            level = [.. found.Where(one => one.IsFolder).Select(one => one.Entry.Name)];
        }

        return [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    /// <summary>What lies in a folder itself; nothing when there is no such folder.</summary>
    public async Task<IReadOnlyList<(StoreEntry Entry, bool IsFolder)>> OneAsync(string folder, string path, CancellationToken cancellationToken)
    {
        List<(StoreEntry, bool)> found = [];
        string? token = null;
        do
        {
            string address = FormattableString.Invariant($"{VolumeClient.Folder(folder)}?page_size={Page}");
            if (token is not null)
                address += $"&page_token={Uri.EscapeDataString(token)}";
            using HttpResponseMessage answer = await client.SendAsync(HttpMethod.Get, address, path, [HttpStatusCode.NotFound], cancellationToken).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                break;
            token = Read(await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false), found, path);
        }
        while (token is not null);
        return found;
    }

    /// <summary>Adds the entries of a page; answers with the token of the next, null at the end.</summary>
    private static string? Read(byte[] page, List<(StoreEntry, bool)> found, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(page);
            // A page can be empty and yet have another behind it.
            if (document.RootElement.TryGetProperty("contents", out JsonElement contents))
            {
                foreach (JsonElement one in contents.EnumerateArray())
                {
                    bool isFolder = one.TryGetProperty("is_directory", out JsonElement kind) && kind.GetBoolean();
                    long bytes = one.TryGetProperty("file_size", out JsonElement size) ? size.GetInt64() : 0;
                    string name = one.TryGetProperty("name", out JsonElement named) ? named.GetString()! : one.GetProperty("path").GetString()!.TrimEnd('/').Split('/')[^1];
                    found.Add((new StoreEntry(name, bytes), isFolder));
                }
            }

            return document.RootElement.TryGetProperty("next_page_token", out JsonElement next) && next.GetString() is { Length: > 0 } token ? token : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new LakebaseError(ErrorIds.VolumeFailed, LakebaseErrorKind.InvalidData, $"'{path}': the answer of the workspace is no list of files.")
            { Target = path, Cause = exception, Remedy = "Check that DATABRICKS_HOST is the address of a workspace." }.ToException();
        }
    }
}
