using System.Diagnostics;
using System.Net.Sockets;

namespace LakebaseOps.Latency.RoundTrips;

/// <summary>
/// One way of a connection through a link. A thread of its own takes up what comes and lets it go when it is due; while
/// one piece waits, later ones are taken up all the same, as on a real line.
/// </summary>
internal sealed class LinkPump : IDisposable
{
    // Small enough that a long answer goes in many pieces.
    private const int PieceBytes = 16 * 1024;

    // The system wakes a sleeper late by up to so much; the rest is waited for awake.
    private static readonly long Awake = LoopTime.Ticks(0.0015);

    private readonly DelayedLink _link;
    private readonly Socket _from;
    private readonly Socket _to;
    private readonly bool _toServer;
    private readonly Thread _thread;

    public LinkPump(DelayedLink link, Socket from, Socket to, bool toServer)
    {
        (_link, _from, _to, _toServer) = (link, from, to, toServer);
        _thread = new Thread(Run) { IsBackground = true, Name = "LakebaseOps link" };
        _thread.Start();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Close();
        _thread.Join();
    }

    private void Run()
    {
        Queue<Piece> held = new();
        byte[] buffer = new byte[PieceBytes];
        bool isEnded = false;
        try
        {
            while (!isEnded || held.Count > 0)
            {
                if (held.TryPeek(out Piece first))
                {
                    long now = Stopwatch.GetTimestamp();
                    if (now >= first.Due)
                    {
                        Forward(held.Dequeue(), now);
                        continue;
                    }

                    if (!Comes(first.Due - now, isEnded))
                        continue;
                }

                int length = _from.Receive(buffer);
                isEnded = length == 0;
                long arrived = Stopwatch.GetTimestamp();
                if (!isEnded)
                    held.Enqueue(new Piece(arrived, _link.Due(arrived, length, _toServer), buffer[..length]));
            }

            _to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // One side is gone: so is the other.
            Close();
        }
    }

    private void Forward(Piece piece, long now)
    {
        if (_toServer)
            _link.Note(now - piece.Arrived);
        for (int sent = 0; sent < piece.Bytes.Length;)
            sent += _to.Send(piece.Bytes.AsSpan(sent));
    }

    /// <summary>True when something comes before the next piece is due.</summary>
    private bool Comes(long left, bool isEnded)
    {
        int microseconds = left > Awake ? (int)Stopwatch.GetElapsedTime(0, left - Awake).TotalMicroseconds : 0;
        if (microseconds == 0)
            Thread.Yield();
        if (!isEnded)
            return _from.Poll(microseconds, SelectMode.SelectRead);
        Thread.Sleep(microseconds / 1_000);
        return false;
    }

    private void Close()
    {
        // A thread that waits for one of them is woken by the shutdown, not by the mere close.
        foreach (Socket socket in new[] { _from, _to })
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // It has ended already.
            }

            socket.Dispose();
        }
    }

    private readonly record struct Piece(long Arrived, long Due, byte[] Bytes);
}
