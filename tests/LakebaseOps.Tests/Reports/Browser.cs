using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LakebaseOps.Tests.Reports;

/// <summary>A headless Chromium spoken to over its DevTools protocol on loopback; closed with all it made.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonObject> _events = [];
    private int _last;

    private Browser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>What the page has said since the last <see cref="OpenAsync"/>.</summary>
    public IReadOnlyList<JsonObject> Events => _events;

    /// <summary>The program, or null where there is none.</summary>
    public static string? Find() =>
        new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe", "msedge.exe" }
            .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);

    /// <summary>Starts the browser with one empty page.</summary>
    public static async Task<Browser> StartAsync(string program, CancellationToken cancellationToken)
    {
        string profile = Directory.CreateTempSubdirectory("lakebase-browser-").FullName;
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        })
            start.ArgumentList.Add(argument);
        Browser browser = new(Process.Start(start)!, profile);
        try
        {
            string? line;
            while ((line = await browser._process.StandardError.ReadLineAsync(cancellationToken)) is not null && !line.Contains("DevTools listening on", StringComparison.Ordinal))
            {
            }

            Uri root = new(line?[line.IndexOf("ws://", StringComparison.Ordinal)..] ?? throw new InvalidOperationException("The browser ended before it listened."));
            // Its pipes are drained so that it never waits for us.
            browser._process.BeginOutputReadLine();
            _ = browser._process.StandardError.ReadToEndAsync(CancellationToken.None);
            using HttpClient http = new();
            JsonArray pages = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://{root.Authority}/json/list"), cancellationToken))!.AsArray();
            JsonNode page = pages.First(entry => (string?)entry!["type"] == "page")!;
            await browser._socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), cancellationToken);
            foreach (string domain in new[] { "Page", "Network", "Runtime", "Log" })
                await browser.SendAsync($"{domain}.enable", [], cancellationToken);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a file at a window size and colour scheme and waits until it has loaded and been drawn.</summary>
    public async Task OpenAsync(string file, int width, int height, string scheme, CancellationToken cancellationToken)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false }, cancellationToken);
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) }, cancellationToken);
        _events.Clear();
        await SendAsync("Page.navigate", new JsonObject { ["url"] = new Uri(file).AbsoluteUri }, cancellationToken);
        while (!_events.Exists(said => (string?)said["method"] == "Page.loadEventFired"))
            await ReceiveAsync(cancellationToken);
        await EvaluateAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))", cancellationToken);
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        JsonObject answer = await SendAsync(
            "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true }, cancellationToken);
        return answer["result"]!["exceptionDetails"] is JsonNode fault
            ? throw new InvalidOperationException(fault.ToJsonString())
            : answer["result"]!["result"]!["value"];
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        for (int attempt = 0; Directory.Exists(_profile); attempt++)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                // A child of the killed browser may still be writing its last file.
                await Task.Delay(10);
            }
        }
    }

    private async Task<JsonObject> SendAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        int id = ++_last;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            JsonObject answer = await ReceiveAsync(cancellationToken);
            if ((int?)answer["id"] == id)
                return answer["error"] is JsonNode error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : answer;
        }
    }

    private async Task<JsonObject> ReceiveAsync(CancellationToken cancellationToken)
    {
        using MemoryStream message = new();
        byte[] buffer = new byte[65536];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, cancellationToken);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        JsonObject said = JsonNode.Parse(Encoding.UTF8.GetString(message.ToArray()))!.AsObject();
        if (said["method"] is not null)
            _events.Add(said);
        return said;
    }
}
