using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>A workspace on this machine with one volume in it, /Volumes/main/ops/dumps: its Files API and its tokens.</summary>
internal sealed class FakeWorkspace : IAsyncDisposable
{
    public const string Volume = "/Volumes/main/ops/dumps";
    private const int Page = 2;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    // Each token that was issued, with the requests it was good for: a new one does not end the life of another.
    private readonly ConcurrentDictionary<string, int> _uses = new();
    private int _issued;

    public FakeWorkspace()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, bool> Folders { get; } = new(StringComparer.Ordinal) { [Volume] = true };

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>Answers instead of the workspace.</summary>
    public Func<FakeRequest, FakeAnswer?> Instead { get; set; } = _ => null;

    /// <summary>Bytes of the body of a request after which its connection is dropped.</summary>
    public Func<FakeRequest, long> DropUpload { get; set; } = _ => long.MaxValue;

    /// <summary>Requests that a token is good for.</summary>
    public int TokenUses { get; set; } = int.MaxValue;

    public int TokensIssued => _issued;

    /// <summary>The place of a dump in it, with tokens that it issues.</summary>
    public VolumeStore Store(string path) => new(VolumePath.Parse(path), new VolumeClient(Workspace()) { Wait = (_, _) => Task.CompletedTask });

    public Workspace Workspace(string? token = null) => LakebaseOps.Dumps.Volumes.Workspace.From(name => name switch
    {
        "DATABRICKS_HOST" => Url.ToString(),
        "DATABRICKS_TOKEN" => token,
        "DATABRICKS_CLIENT_ID" => "client",
        "DATABRICKS_CLIENT_SECRET" => "hidden-secret",
        _ => null,
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        await Task.WhenAll(_connections.Keys);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_stop.Token);
                // An answer's body would wait for the receipt of its head, which comes a twenty-fifth of a second later.
                client.NoDelay = true;
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
            {
                return;
            }

            _connections.TryAdd(ConnectionAsync(client), true);
        }
    }

    private async Task ConnectionAsync(TcpClient client)
    {
        using TcpClient owned = client;
        using CancellationTokenRegistration ends = _stop.Token.Register(client.Close);
        try
        {
            // Answers go past the buffer, which cannot be written to while it holds what was read ahead.
            NetworkStream answers = client.GetStream();
            await using BufferedStream stream = new(answers, 65536);
            while (await FakeRequest.ReadAsync(stream, answers) is { } request)
            {
                Requests.Enqueue(request);
                bool isClosed = request.Headers.ContainsKey("Expect");
                FakeAnswer? answer = Instead(request) ?? Refusal(request);
                if (answer is null)
                {
                    byte[] body = await request.BodyAsync(DropUpload(request));
                    answer = Answer(request, body);
                    isClosed = false;
                }
                else if (!isClosed)
                {
                    await request.BodyAsync();
                }

                await SendAsync(answers, request, answer, isClosed);
                if (isClosed || answer.DropAfter is not null)
                    return;
            }
        }
        catch (Exception broken) when (broken is IOException or SocketException or NotSupportedException or InvalidOperationException)
        {
            // The client went, or was dropped on purpose.
        }
    }

    private static async Task SendAsync(Stream stream, FakeRequest request, FakeAnswer answer, bool isClosed)
    {
        byte[] body = answer.Body ?? [];
        StringBuilder head = new(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Fake\r\nContent-Length: {body.Length}\r\n"));
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        head.Append(isClosed ? "Connection: close\r\n\r\n" : "\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.ToString()));
        if (request.Method != "HEAD")
            await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, answer.DropAfter ?? int.MaxValue)));
        await stream.FlushAsync();
    }

    private FakeAnswer? Refusal(FakeRequest request)
    {
        if (request.Path == "/oidc/v1/token")
            return null;
        string token = request.Headers.GetValueOrDefault("Authorization", "")["Bearer ".Length..];
        bool isGood = _uses.ContainsKey(token) && _uses.AddOrUpdate(token, 1, (_, uses) => uses + 1) <= TokenUses;
        return isGood ? null : FakeAnswer.Error(401, "UNAUTHENTICATED", $"Not good: {request.Headers.GetValueOrDefault("Authorization")}");
    }

    private FakeAnswer Answer(FakeRequest request, byte[] body)
    {
        const string files = "/api/2.0/fs/files";
        const string folders = "/api/2.0/fs/directories";
        if (request.Path == "/oidc/v1/token")
        {
            string token = string.Create(CultureInfo.InvariantCulture, $"hidden-token-{Interlocked.Increment(ref _issued)}");
            _uses[token] = 0;
            return new FakeAnswer(200, Encoding.UTF8.GetBytes($$"""{"access_token":"{{token}}","token_type":"Bearer","expires_in":"3600"}"""));
        }

        if (request.Path.StartsWith(files, StringComparison.Ordinal))
            return File(request, request.Path[files.Length..], body);
        return request.Path.StartsWith(folders, StringComparison.Ordinal) ? Folder(request, request.Path[folders.Length..]) : FakeAnswer.Error(404, "ENDPOINT_NOT_FOUND", "No such API");
    }

    private FakeAnswer File(FakeRequest request, string path, byte[] body)
    {
        FakeAnswer missing = FakeAnswer.Error(404, "NOT_FOUND", "The file does not exist.");
        switch (request.Method)
        {
            case "PUT" when !path.StartsWith(Volume + "/", StringComparison.Ordinal):
                return missing;
            case "PUT" when request.Query["overwrite"] == "false":
                return Files.TryAdd(path, body) ? new FakeAnswer(204) : FakeAnswer.Error(409, "ALREADY_EXISTS", "The file exists.");
            case "PUT":
                Files[path] = body;
                return new FakeAnswer(204);
            case "DELETE":
                return Files.TryRemove(path, out _) ? new FakeAnswer(204) : missing;
        }

        if (!Files.TryGetValue(path, out byte[]? stored))
            return missing;
        int from = request.Headers.TryGetValue("Range", out string? range) ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        FakeAnswer answer = new(from == 0 ? 200 : 206, stored[from..]) { Headers = { ["Last-Modified"] = "Wed, 21 Oct 2026 07:28:00 GMT" } };
        if (from > 0)
            answer.Headers["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{stored.Length - 1}/{stored.Length}");
        return answer;
    }

    private FakeAnswer Folder(FakeRequest request, string path)
    {
        bool exists = Folders.ContainsKey(path) || Files.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal));
        FakeAnswer missing = FakeAnswer.Error(404, "NOT_FOUND", "The directory does not exist.");
        switch (request.Method)
        {
            case "PUT" when Files.ContainsKey(path):
                return FakeAnswer.Error(409, "ALREADY_EXISTS", "There is a file.");
            case "PUT":
                Folders[path] = true;
                return new FakeAnswer(204);
            case "DELETE":
                Folders.TryRemove(path, out _);
                return new FakeAnswer(204);
            case "HEAD":
                return exists ? new FakeAnswer(200) : missing;
        }

        if (!exists)
            return missing;
        string Child(string full) => full[(path.Length + 1)..].Split('/')[0];
        object[] all =
        [
            .. Folders.Keys.Where(one => one.StartsWith(path + "/", StringComparison.Ordinal)).Select(Child)
                .Concat(Files.Keys.Where(one => one.StartsWith(path + "/", StringComparison.Ordinal) && one[(path.Length + 1)..].Contains('/', StringComparison.Ordinal)).Select(Child))
                .Distinct().Order(StringComparer.Ordinal).Select(name => new { path = $"{path}/{name}", name, is_directory = true, file_size = 0 }),
            .. Files.Where(one => one.Key.StartsWith(path + "/", StringComparison.Ordinal) && !one.Key[(path.Length + 1)..].Contains('/', StringComparison.Ordinal))
                .OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => new { path = one.Key, name = Child(one.Key), is_directory = false, file_size = one.Value.Length }),
        ];
        // The first page is empty and yet not the last.
        int at = request.Query.TryGetValue("page_token", out string? token) ? int.Parse(token.Split('&')[1], CultureInfo.InvariantCulture) : -1;
        object[] some = at < 0 ? [] : [.. all.Skip(at).Take(Page)];
        int next = at < 0 ? 0 : at + Page;
        return new FakeAnswer(200, JsonSerializer.SerializeToUtf8Bytes(new { contents = some, next_page_token = next < all.Length ? string.Create(CultureInfo.InvariantCulture, $"at&{next}") : "" }));
    }
}
