namespace LakebaseOps;

/// <summary>
/// What the server counted during the timed blocks of a cell: differences of its counters, which are never reset. Blocks and
/// vacuums are those of the tables read; I/O and checkpoints are those of the whole server, whoever caused them.
/// </summary>
public sealed record ServerLoad
{
    /// <summary>Heap blocks, TOAST included, found in shared buffers.</summary>
    public long HeapHit { get; init; }

    /// <summary>Heap blocks, TOAST included, read from outside shared buffers.</summary>
    public long HeapRead { get; init; }

    /// <summary>Index blocks found in shared buffers.</summary>
    public long IndexHit { get; init; }

    /// <summary>Index blocks read from outside shared buffers.</summary>
    public long IndexRead { get; init; }

    /// <summary>I/O by kind of process, object and context (pg_stat_io), where anything happened.</summary>
    public IReadOnlyList<ServerIo> Io { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Why there is no I/O; null when there is.</summary>
    public string? IoMissing { get; init; }

    /// <summary>What the sessions of the measurement were doing when looked at, most frequent first.</summary>
    public IReadOnlyList<WaitEvent> Waits { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Times that the server was looked at for that.</summary>
    public long WaitSamples { get; init; }

    /// <summary>Checkpoints begun, timed and requested.</summary>
    public long Checkpoints { get; init; }

    /// <summary>Buffers written by checkpoints.</summary>
    public long CheckpointBuffers { get; init; }

    /// <summary>Vacuums of the tables that ended, automatic or not.</summary>
    public long Vacuums { get; init; }

    /// <summary>Analyses of the tables that ended, automatic or not.</summary>
    public long Analyzes { get; init; }

    /// <summary>Samples that saw an autovacuum worker in the database.</summary>
    public long AutovacuumSamples { get; init; }

    /// <summary>True when somebody reset the counters meanwhile, so that the figures are too low.</summary>
    public bool WasReset { get; init; }
}

/// <summary>I/O of one kind of server process on one kind of object.</summary>
/// <param name="Process">E.g. "client backend", "checkpointer", "autovacuum worker".</param>
/// <param name="Target">"relation" or "temp relation", on newer servers also "wal".</param>
/// <param name="Context">"normal", "vacuum", "bulkread" or "bulkwrite".</param>
/// <param name="Hits">Blocks found in shared buffers.</param>
/// <param name="Reads">Read operations.</param>
/// <param name="Writes">Write operations.</param>
/// <param name="Extends">Operations that made a relation longer.</param>
/// <param name="Evictions">Blocks that had to leave shared buffers for others.</param>
public sealed record ServerIo(
    string Process, string Target, string Context, long Hits, long Reads, long Writes, long Extends, long Evictions);

/// <summary>What an active session was waiting for.</summary>
/// <param name="Type">The wait's type, e.g. "IO", "LWLock", "Lock", "Client"; "CPU" for none: the session was running.</param>
/// <param name="Event">Its name, e.g. "DataFileRead"; empty for CPU.</param>
/// <param name="Samples">Times a session was seen so.</param>
public sealed record WaitEvent(string Type, string Event, long Samples);
