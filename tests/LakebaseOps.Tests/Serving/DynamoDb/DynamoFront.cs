using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace LakebaseOps.Tests.Serving.DynamoDb;

/// <summary>Stands before the server and answers some requests otherwise than it would.</summary>
internal sealed class DynamoFront : IAsyncDisposable
{
    private const string Target = "X-Amz-Target";

    private readonly HttpListener _listener = new();
    private readonly HttpClient _server;
    private readonly Func<string, JsonObject, Func<JsonObject, Task<JsonObject>>, Task<JsonObject>> _answer;
    private readonly Task _serving;

    /// <summary>Begins to listen.</summary>
    /// <param name="server">The server behind it.</param>
    /// <param name="answer">Makes the answer of an operation and its body; may ask the server by the function it is given.</param>
    public DynamoFront(Uri server, Func<string, JsonObject, Func<JsonObject, Task<JsonObject>>, Task<JsonObject>> answer)
    {
        _server = new HttpClient { BaseAddress = server };
        _answer = answer;
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}");
        }

        _listener.Prefixes.Add($"{Url}");
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Its address.</summary>
    public Uri Url { get; }

    /// <summary>An error that DynamoDB answers with.</summary>
    public static JsonObject Error(string code) => new() { ["__type"] = $"com.amazonaws.dynamodb.v20120810#{code}", ["message"] = "Slow down." };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Not stopped before: what is stopped gives its port back, and to close it then takes the port once more, which may be somebody else's by then.
        _listener.Close();
        await _serving;
        _server.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        JsonObject asked = (await JsonNode.ParseAsync(context.Request.InputStream))!.AsObject();
        string operation = context.Request.Headers[Target]!.Split('.')[1];
        JsonObject answer = await _answer(operation, asked, body => ForwardAsync(context.Request, body));
        byte[] bytes = Encoding.UTF8.GetBytes(answer.ToJsonString());
        context.Response.StatusCode = answer.ContainsKey("__type") ? 400 : 200;
        context.Response.ContentType = "application/x-amz-json-1.0";
        context.Response.ContentLength64 = bytes.Length;
        await context.Response.OutputStream.WriteAsync(bytes);
        context.Response.Close();
    }

    private async Task<JsonObject> ForwardAsync(HttpListenerRequest request, JsonObject body)
    {
        using HttpRequestMessage message = new(HttpMethod.Post, "/") { Content = new StringContent(body.ToJsonString()) };
        message.Content.Headers.ContentType = new("application/x-amz-json-1.0");
        foreach (string header in new[] { Target, "Authorization", "X-Amz-Date" })
            message.Headers.TryAddWithoutValidation(header, request.Headers[header]);
        using HttpResponseMessage answer = await _server.SendAsync(message);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
    }
}
