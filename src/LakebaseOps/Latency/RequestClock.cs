namespace LakebaseOps.Latency;

/// <summary>The parts a request's time is divided into, in order of time.</summary>
internal enum RequestPart
{
    Lag,
    PoolIdle,
    PoolWait,
    PoolOpen,
    Send,
    FirstByte,
    Transfer,
    Decode,
    Backoff,
    Residual,
}

/// <summary>
/// The time account of one request: every mark books the time since the mark before it to exactly one part, so the
/// parts add up to the total by construction. <see cref="SocketEvents"/> marks what happens on the socket, the reader
/// the rest.
/// </summary>
internal sealed class RequestClock(LoopTime time)
{
    /// <summary>Number of parts.</summary>
    public const int Parts = (int)RequestPart.Residual + 1;

    private readonly long[] _ticks = new long[Parts];
    private long _started;
    private long _last;
    private bool _waiting;

    /// <summary>When the request began or, in an open loop, was to begin; as a Stopwatch timestamp.</summary>
    public long Started => _started;

    /// <summary>
    /// Times the client turned from sending to waiting for an answer: the round trips of the request.
    /// </summary>
    public int RoundTrips { get; private set; }

    /// <summary>Times that it asked again for what an answer had left out.</summary>
    public int Retries { get; private set; }

    /// <summary>Stopwatch ticks of each part.</summary>
    public ReadOnlySpan<long> Ticks => _ticks;

    /// <summary>Begins a request.</summary>
    /// <param name="intended">When it was to begin: the time since then is the lag. Null for now.</param>
    public void Start(long? intended = null)
    {
        Array.Clear(_ticks);
        RoundTrips = 0;
        Retries = 0;
        _waiting = false;
        long now = time.Now;
        // The clock may have stood a little before the intended time when the wait for it ended.
        _started = Math.Min(now, intended ?? now);
        _ticks[(int)RequestPart.Lag] = now - _started;
        _last = now;
    }

    /// <summary>Books the time since the last mark to a part.</summary>
    public void Mark(RequestPart part)
    {
        long now = time.Now;
        _ticks[(int)part] += now - _last;
        _last = now;
    }

    /// <summary>The pause before asking again for what an answer had left out is over.</summary>
    public void Retried()
    {
        Mark(RequestPart.Backoff);
        Retries++;
    }

    /// <summary>Bytes have been handed to the socket.</summary>
    public void Written()
    {
        Mark(RequestPart.Send);
        _waiting = true;
    }

    /// <summary>Bytes have come from the socket.</summary>
    public void Read()
    {
        Mark(_waiting ? RequestPart.FirstByte : RequestPart.Transfer);
        if (_waiting)
            RoundTrips++;
        _waiting = false;
    }

    /// <summary>Ends the request; what no part claimed is the residual. Returns the total in Stopwatch ticks.</summary>
    public long Finish()
    {
        Mark(RequestPart.Residual);
        return _last - _started;
    }
}
