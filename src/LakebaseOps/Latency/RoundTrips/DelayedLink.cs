using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LakebaseOps.Connections;

namespace LakebaseOps.Latency.RoundTrips;

/// <summary>
/// A door on loopback that passes every byte on to a server and holds what goes there back for a while, as a longer way
/// would. It knows nothing of what passes, so TLS stays between client and server. What it held back in truth is
/// measured: a machine is never exactly as late as it is told to be.
/// </summary>
internal class DelayedLink : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly object _gate = new();
    private readonly List<LinkPump> _pumps = [];
    private readonly Task _accepting;
    private long _delay;
    private long _held;
    private long _passed;

    /// <param name="server">Where connections go.</param>
    public DelayedLink(EndPoint server)
    {
        _server = server;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Address { get; }

    /// <summary>How much longer the way to the server is: what it adds to each round trip.</summary>
    public TimeSpan Delay
    {
        get => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _delay));
        set => Volatile.Write(ref _delay, LoopTime.Ticks(value.TotalSeconds));
    }

    /// <summary>Where a session's server is.</summary>
    /// <exception cref="LakebaseException">RelayNotPossible: the session names several hosts.</exception>
    public static EndPoint ServerOf(PostgresSession session)
    {
        if (session.Host.Contains(',', StringComparison.Ordinal))
        {
            throw new LakebaseError(ErrorIds.RelayNotPossible, LakebaseErrorKind.InvalidArgument,
                $"The session '{session.Name}' names several hosts, and a link leads to one.")
            { Target = session.Host, Remedy = "Connect to the one host whose round trips are to be proved." }.ToException();
        }

        string host = session.Host.Trim('[', ']');
        return host.StartsWith('/') || host.StartsWith('@')
            ? new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"{(host[0] == '@' ? "\0" + host[1..] : host)}/.s.PGSQL.{session.Port}"))
            : new DnsEndPoint(host, session.Port);
    }

    /// <summary>What each piece that went to the server since the last call was held back in truth, on average.</summary>
    public TimeSpan TakeDelay()
    {
        lock (_gate)
        {
            TimeSpan mean = _passed == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, _held) / _passed;
            (_held, _passed) = (0, 0);
            return mean;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        foreach (LinkPump pump in _pumps)
            pump.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>When a piece that has just come may go on, as a Stopwatch timestamp.</summary>
    /// <param name="arrived">When it came.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="toServer">Which way it goes.</param>
    internal virtual long Due(long arrived, int bytes, bool toServer) => toServer ? arrived + Volatile.Read(ref _delay) : arrived;

    /// <summary>Notes how long a piece on its way to the server was held back.</summary>
    internal void Note(long held)
    {
        lock (_gate)
        {
            _held += held;
            _passed++;
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync().ConfigureAwait(false);
                Socket server = _server is UnixDomainSocketEndPoint
                    ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                    : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                client.NoDelay = true;
                try
                {
                    await server.ConnectAsync(_server).ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    // The client learns it as it would from a server that hangs up.
                    client.Dispose();
                    server.Dispose();
                    continue;
                }

                _pumps.Add(new LinkPump(this, client, server, toServer: true));
                _pumps.Add(new LinkPump(this, server, client, toServer: false));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The listener is gone, and so is the link.
        }
    }
}
