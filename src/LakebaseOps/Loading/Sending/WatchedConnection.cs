namespace LakebaseOps.Loading.Sending;

/// <summary>What is known of one connection.</summary>
/// <param name="processId">Its session on the server.</param>
internal sealed class WatchedConnection(int processId) : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private string? _state;
    private long _since;
    private int _turns;

    /// <summary>When it was opened, in milliseconds of the system.</summary>
    public long OpenedAt { get; } = Environment.TickCount64;

    /// <summary>Its session on the server.</summary>
    public int ProcessId => processId;

    /// <summary>Cancelled when no answer will ever come.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>True while this side has something else to do in the middle of a COPY: to read its input, or to wait for its turn.</summary>
    public bool IsAway => (Volatile.Read(ref _turns) & 1) == 1;

    /// <summary>True when something waits for it that nothing can end.</summary>
    public bool IsStuck { get; set; }

    /// <summary>This side turns to something else.</summary>
    public void Leave() => Volatile.Write(ref _turns, (_turns + 1) | 1);

    /// <summary>This side is back.</summary>
    public void Return() => Volatile.Write(ref _turns, (_turns + 2) & ~1);

    /// <summary>Compares what the server says now with what it said before.</summary>
    /// <param name="state">What changes with whatever the session gets or sends.</param>
    /// <param name="waitsForUs">The session waits for this side, or there is no such session.</param>
    /// <param name="patience">How long nothing may change.</param>
    public void Judge(string state, bool waitsForUs, TimeSpan patience)
    {
        long now = Environment.TickCount64;
        state = $"{Volatile.Read(ref _turns)} {state}";
        if (!waitsForUs || state != _state)
            (_state, _since) = (waitsForUs ? state : null, now);
        else if (now - _since >= patience.TotalMilliseconds)
            GiveUp();
    }

    /// <summary>Ends whatever waits for it.</summary>
    public void GiveUp() => _lost.Cancel();

    /// <inheritdoc />
    public void Dispose() => _lost.Dispose();
}
