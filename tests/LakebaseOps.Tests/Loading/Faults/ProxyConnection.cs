using System.Net;
using System.Net.Sockets;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>One connection through the proxy: two pumps and what befalls them.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isSlow;
    private volatile bool _isSilent;
    private volatile bool _isClosed;
    private volatile bool _isOfLoad;
    private volatile bool _losesAnswer;

    /// <summary>Completes when both pumps have ended.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Connects to the server and forwards until something ends it.</summary>
    public void Start(int port, FaultAction? fault)
    {
        client.NoDelay = true;
        _isSlow = fault is FaultAction.Delay;
        Ended = RunAsync(port);
    }

    /// <summary>Ends both sides with a reset.</summary>
    public void Reset()
    {
        Reset(client);
        Reset(_server);
        _reset.TrySetResult();
    }

    /// <inheritdoc />
    public void Dispose() => Reset();

    private async Task RunAsync(int port)
    {
        try
        {
            await _server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAll(PumpAsync(client, _server, FaultMoment.BytesToServer), PumpAsync(_server, client, FaultMoment.BytesToClient));
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // No server there: the client learns it as it would from the server's machine.
            Reset();
        }
        finally
        {
            client.Dispose();
            _server.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, FaultMoment way)
    {
        byte[] buffer = new byte[64 * 1024];
        MessageScanner scanner = new(isClient: way == FaultMoment.BytesToServer);
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer)) > 0 && !_isSilent)
            {
                if (_isSlow)
                    await Task.Delay(Pause);
                // A client's first message says what it is.
                _isOfLoad |= way == FaultMoment.BytesToServer && buffer.AsSpan(0, length).IndexOf("LakebaseOps load\0"u8) >= 0;
                await ForwardAsync(buffer.AsMemory(0, length), to, scanner, way);
            }

            // Nobody is told: the sockets stay open until the proxy ends them.
            if (_isSilent)
                await _reset.Task;
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            if (!_isClosed)
                Reset();
        }
    }

    private async Task ForwardAsync(ReadOnlyMemory<byte> data, Socket to, MessageScanner scanner, FaultMoment way)
    {
        int sent = 0;
        for (int at = 0; at < data.Length && !_isSilent && !_isClosed;)
        {
            int read = scanner.Read(data.Span[at..], out WireMessage? message);
            int passed = 0;
            while (passed < read && proxy.Pass(way, read - passed, out int first) is { } fault)
            {
                passed += first;
                await SendUntilAsync(at + passed);
                Strike(fault.Action);
            }

            at += read;
            if (message is not { } ended)
                break;
            if (way == FaultMoment.BytesToServer && Due(ended) is { } before)
            {
                await SendUntilAsync(Math.Max(sent, at - ended.Bytes));
                if (before.Action is FaultAction.Unanswered)
                    await SendUntilAsync(data.Length);
                if (before.Action is FaultAction.LoseAnswer or FaultAction.LateCommit)
                {
                    await CommitAsync(before.Action, data[sent..at]);
                    sent = at;
                }

                Strike(before.Action);
            }

            if (way == FaultMoment.BytesToClient && _losesAnswer && ended.Type == 'Z')
                Reset();
            Note(ended, way);
        }

        await SendUntilAsync(data.Length);

        async ValueTask SendUntilAsync(int end)
        {
            bool isLost = _isSilent || _isClosed || (_losesAnswer && way == FaultMoment.BytesToClient);
            while (sent < end && !isLost)
                sent += await to.SendAsync(data[sent..end]);
            sent = end;
        }
    }

    /// <summary>The fault that comes before a statement.</summary>
    private WireFault? Due(WireMessage message) =>
        (message.IsCommit ? proxy.Pass(FaultMoment.Commit, 1, out _) : null)
        ?? (_isOfLoad && Work(message.Statement) is FaultMoment moment ? proxy.Pass(moment, 1, out _) : null)
        ?? (message.Type is 'Q' or 'P' ? proxy.Pass(FaultMoment.Statement, 1, out _) : null);

    private static FaultMoment? Work(string statement) => statement switch
    {
        // An index of an empty temporary table, which shows how the server would write its definition.
        _ when statement.Contains("\"__lakebase", StringComparison.Ordinal) => null,
        // One of the books.
        _ when statement.Contains("INDEX IF NOT EXISTS", StringComparison.Ordinal) => null,
        _ when statement.StartsWith("VACUUM", StringComparison.Ordinal) => FaultMoment.Vacuum,
        _ when statement.StartsWith("CREATE INDEX", StringComparison.Ordinal) || statement.StartsWith("CREATE UNIQUE INDEX", StringComparison.Ordinal) => FaultMoment.Index,
        _ => null,
    };

    private async Task CommitAsync(FaultAction action, ReadOnlyMemory<byte> commit)
    {
        _losesAnswer = true;
        if (action == FaultAction.LateCommit)
        {
            // Whoever learns that the connection broke looks, perhaps, before the commit has happened.
            Reset(client);
            long connects = proxy.Count(FaultMoment.Connect);
            for (int wait = 0; wait < 200 && proxy.Count(FaultMoment.Connect) == connects; wait++)
                await Task.Delay(Pause);
            await Task.Delay(Random.Shared.Next(20) * Pause);
        }

        await _server.SendAsync(commit);
    }

    private void Strike(FaultAction action)
    {
        switch (action)
        {
            case FaultAction.Delay:
                _isSlow = true;
                break;
            case FaultAction.Blackhole or FaultAction.Unanswered:
                _isSilent = _isOfLoad;
                break;
            case FaultAction.Silence:
                _isSilent = true;
                break;
            case FaultAction.Close:
                _isClosed = true;
                client.Shutdown(SocketShutdown.Both);
                _server.Shutdown(SocketShutdown.Both);
                break;
            case FaultAction.Reset:
                Reset();
                break;
        }
    }

    private void Note(WireMessage message, FaultMoment way)
    {
        if (way == FaultMoment.BytesToServer && message.Type == 'd')
            proxy.AddCopy(message.Length - 4);
        else if (way == FaultMoment.BytesToClient && message.Type == 'G')
            proxy.AddCopy();
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        socket.Close();
    }
}
