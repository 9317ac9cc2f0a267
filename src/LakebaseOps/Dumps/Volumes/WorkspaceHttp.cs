using System.Net;
using LakebaseOps.Connections;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>The HTTP clients of this process: nobody has to dispose of them, and connections are used again.</summary>
internal static class WorkspaceHttp
{
    /// <summary>Longest time that a small request takes, or that a large one stands still.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(100);

    private const int Connections = 10;
    private const int MostBuffered = 64 * 1024 * 1024;

    private static readonly Lazy<HttpClient> Near = new(() => Make(useProxy: false));
    private static readonly Lazy<HttpClient> Far = new(() => Make(useProxy: true));

    /// <summary>The client for a host; no proxy may stand before this machine itself.</summary>
    public static HttpClient For(Uri host) => (ConnectionSettings.IsLocal(host.Host) ? Near : Far).Value;

    // Redirects would carry the token elsewhere.
    private static HttpClient Make(bool useProxy) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        MaxConnectionsPerServer = Connections,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        UseCookies = false,
        UseProxy = useProxy,
    })
    {
        MaxResponseContentBufferSize = MostBuffered,
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
