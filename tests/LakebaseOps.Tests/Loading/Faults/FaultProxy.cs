using System.Net;
using System.Net.Sockets;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>
/// Stands between the loader and the server on loopback and breaks connections as told: at a byte of either direction, at a
/// COMMIT, at a connect. Counts what passes, so that nobody has to believe the loader's own figures.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly List<WireFault> _armed = [];
    private readonly List<ProxyConnection> _open = [];
    private readonly long[] _counts = new long[Enum.GetValues<FaultMoment>().Length];
    private readonly Task _accepting;
    private long _copyBytes;
    private long _copies;
    private int _fired;

    public FaultProxy(int serverPort)
    {
        ServerPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Where connections accepted from now on go.</summary>
    public int ServerPort { get; set; }

    /// <summary>True while every new connection gets a reset.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Bytes of rows that COPY has sent.</summary>
    public long CopyBytes => Interlocked.Read(ref _copyBytes);

    /// <summary>COPY commands begun.</summary>
    public long Copies => Interlocked.Read(ref _copies);

    /// <summary>Faults that have happened.</summary>
    public int Fired => Volatile.Read(ref _fired);

    /// <summary>How far a moment's count is.</summary>
    public long Count(FaultMoment moment) => Interlocked.Read(ref _counts[(int)moment]);

    /// <summary>Adds a fault; its count goes on from now.</summary>
    public void Arm(WireFault fault)
    {
        lock (_gate)
            _armed.Add(fault with { At = fault.At + _counts[(int)fault.Moment] });
    }

    /// <summary>Takes back every fault that has not happened.</summary>
    public void Disarm()
    {
        lock (_gate)
            _armed.Clear();
    }

    /// <summary>Ends what is still open, as a server's keepalive ends connections whose client is gone.</summary>
    public void CloseAll()
    {
        ProxyConnection[] open;
        lock (_gate)
            open = [.. _open];
        foreach (ProxyConnection connection in open)
            connection.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        CloseAll();
        await Task.WhenAll(_open.Select(connection => connection.Ended));
    }

    /// <summary>Counts; the fault that comes due, and how much of the amount still passes before it.</summary>
    public WireFault? Pass(FaultMoment moment, int amount, out int before)
    {
        lock (_gate)
        {
            long from = _counts[(int)moment];
            WireFault? due = _armed.Where(fault => fault.Moment == moment && fault.At <= from + amount).MinBy(fault => fault.At);
            before = due is null ? amount : (int)Math.Max(0, due.At - from);
            _counts[(int)moment] = from + before;
            if (due is null)
                return null;
            _armed.Remove(due);
            _fired++;
            due.Then?.Invoke();
            return due;
        }
    }

    public void AddCopy(long bytes) => Interlocked.Add(ref _copyBytes, bytes);

    public void AddCopy() => Interlocked.Increment(ref _copies);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync();
                ProxyConnection connection = new(this, client);
                WireFault? fault = Pass(FaultMoment.Connect, 1, out _);
                if (fault?.Action is FaultAction.Reset || IsClosed)
                {
                    connection.Reset();
                    continue;
                }

                lock (_gate)
                {
                    _open.RemoveAll(ended => ended.Ended.IsCompleted);
                    _open.Add(connection);
                }

                connection.Start(ServerPort, fault?.Action);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The listener is gone, and so is the proxy.
        }
    }
}
