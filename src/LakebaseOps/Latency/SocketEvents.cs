using System.Diagnostics.Metrics;

namespace LakebaseOps.Latency;

/// <summary>
/// Tells the clock of the request in hand of each write to and read from its socket. Npgsql counts the bytes of both in
/// metrics, synchronously and right after the socket call; the execution context says whose request it is.
/// </summary>
internal sealed class SocketEvents : IDisposable
{
    private static readonly AsyncLocal<RequestClock?> Bound = new();

    private readonly MeterListener _listener = new();

    public SocketEvents()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Npgsql" && Event(instrument) is { } handler)
                listener.EnableMeasurementEvents(instrument, handler);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, _, _, handler) =>
        {
            if (Bound.Value is { } clock)
                ((Action<RequestClock>)handler!)(clock);
        });
        _listener.Start();
    }

    /// <summary>The clock that socket events of this flow of execution belong to.</summary>
    public static RequestClock? Current => Bound.Value;

    /// <summary>From here on, socket events of this flow of execution belong to that clock.</summary>
    public static void Bind(RequestClock? clock)
    {
        // To set it makes a new execution context, even where nothing changes.
        if (Bound.Value != clock)
            Bound.Value = clock;
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private static Action<RequestClock>? Event(Instrument instrument) => instrument.Name switch
    {
        "db.client.operation.npgsql.bytes_written" => static clock => clock.Written(),
        "db.client.operation.npgsql.bytes_read" => static clock => clock.Read(),
        _ => null,
    };
}
