using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>Sends requests to the Files API of a workspace: with a token that is good, and again where a failure passes.</summary>
/// <param name="workspace">The workspace.</param>
internal sealed class VolumeClient(Workspace workspace)
{
    /// <summary>Times that a request is sent at most.</summary>
    public const int Attempts = 8;

    private const string Files = "/api/2.0/fs/files";
    private const string Folders = "/api/2.0/fs/directories";
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    private static readonly ProductInfoHeaderValue Agent = new("LakebaseOps", typeof(VolumeClient).Assembly.GetName().Version?.ToString(3) ?? "0");

    // Requests at once learn of a token's life in any order: one that was good once was got for good reason.
    private readonly ConcurrentDictionary<string, bool> _good = new(StringComparer.Ordinal);
    private string? _renewed;
    private long _notBefore;

    /// <summary>The workspace's address.</summary>
    public Uri Host => workspace.Host;

    /// <summary>How time passes between attempts.</summary>
    public Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>The address of a file.</summary>
    public static string File(string path) => Files + Escaped(path);

    /// <summary>The address of a folder.</summary>
    public static string Folder(string path) => Folders + Escaped(path);

    /// <summary>Sends a small request, again where that can help.</summary>
    /// <param name="method">What is done.</param>
    /// <param name="address">Path and query.</param>
    /// <param name="path">What a person calls it.</param>
    /// <param name="allowed">Answers that are no errors here.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="fill">Adds headers.</param>
    /// <param name="completion">Whether the body of the answer is waited for.</param>
    /// <exception cref="LakebaseException">The server refused, or cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string address, string path, HttpStatusCode[] allowed, CancellationToken cancellationToken,
        byte[]? body = null, Action<HttpRequestMessage>? fill = null, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using HttpRequestMessage request = new(method, new Uri(workspace.Host, address));
                if (body is not null)
                    request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
                fill?.Invoke(request);
                return await OnceAsync(request, allowed, completion, WorkspaceHttp.Limit, cancellationToken).ConfigureAwait(false);
            }
            catch (VolumeException fault)
            {
                if (!fault.IsPassing || attempt == Attempts)
                    throw VolumeFault.Of(fault, path);
                await PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends a request once.</summary>
    /// <exception cref="VolumeException">The server refused, or there was no answer.</exception>
    public async Task<HttpResponseMessage> OnceAsync(
        HttpRequestMessage request, HttpStatusCode[] allowed, HttpCompletionOption completion, TimeSpan limit, CancellationToken cancellationToken)
    {
        long early = Volatile.Read(ref _notBefore) - Environment.TickCount64;
        if (early > 0)
            await Wait(TimeSpan.FromMilliseconds(early), cancellationToken).ConfigureAwait(false);
        string token = await workspace.Tokens.RevealAsync(cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(Agent.Product!));
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(limit);
        HttpResponseMessage answer;
        try
        {
            answer = await workspace.Http.SendAsync(request, completion, either.Token).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw VolumeException.Broken(broken);
        }

        if (answer.IsSuccessStatusCode || allowed.Contains(answer.StatusCode))
        {
            // From here on a refusal means that its life has ended.
            _good.TryAdd(token, true);
            return answer;
        }

        using (answer)
            throw await FaultAsync(answer, token, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits before another attempt: a quarter of a second, doubling to ten, a part of it by chance.</summary>
    public Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Wait(TimeSpan.FromMilliseconds(Math.Min(10_000, 125 << attempt) * (0.5 + Random.Shared.NextDouble() / 2)), cancellationToken);

    // Each name by itself, so that a '#', '?' or '%' in it stays what it is.
    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private async Task<VolumeException> FaultAsync(HttpResponseMessage answer, string token, CancellationToken cancellationToken)
    {
        if (answer.Headers.RetryAfter is { } after && VolumeException.Passes(answer.StatusCode))
        {
            // What one request is told holds for all.
            TimeSpan wait = after.Delta ?? (after.Date - DateTimeOffset.UtcNow) ?? TimeSpan.Zero;
            wait = wait < LongestWait ? wait : LongestWait;
            Volatile.Write(ref _notBefore, Math.Max(Volatile.Read(ref _notBefore), Environment.TickCount64 + (long)wait.TotalMilliseconds));
        }

        bool isRenewed = answer.StatusCode == HttpStatusCode.Unauthorized && await RenewAsync(token, cancellationToken).ConfigureAwait(false);
        return VolumeException.Refused(answer.StatusCode, await TextAsync(answer, cancellationToken).ConfigureAwait(false), token, isRenewed);
    }

    /// <summary>Gets another token; false when there is none, or when this one was got because of a refusal and is refused too.</summary>
    private async Task<bool> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        if (refused == _renewed && !_good.ContainsKey(refused))
            return false;
        workspace.Tokens.Discard(refused);
        string next = await workspace.Tokens.RevealAsync(cancellationToken).ConfigureAwait(false);
        if (next == refused)
            return false;
        _renewed = next;
        return true;
    }

    private static async Task<string> TextAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WorkspaceHttp.Limit);
        try
        {
            using StreamReader reader = new(await answer.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false));
            char[] text = new char[4096];
            return new string(text, 0, await reader.ReadBlockAsync(text, limit.Token).ConfigureAwait(false));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return "";
        }
    }
}
