using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>Holds the one HTTP client of a DynamoDB client, whose sockets tell the clock of the request in hand what happens on them.</summary>
internal sealed class DynamoHttp : HttpClientFactory, IDisposable
{
    /// <summary>Longest time for a request.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;

    /// <summary>Makes it.</summary>
    /// <param name="connections">Connections at most.</param>
    /// <param name="isLocal">True when no proxy may stand between.</param>
    public DynamoHttp(int connections, bool isLocal) => _client = new HttpClient(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = connections,
        UseProxy = !isLocal,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectCallback = ConnectAsync,
    })
    { Timeout = Timeout };

    /// <inheritdoc />
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    /// <inheritdoc />
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc />
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new ClockedStream(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
