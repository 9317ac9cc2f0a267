using System.Globalization;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>What goes wrong in a schedule.</summary>
internal enum FaultKind
{
    /// <summary>The wire breaks, slows down or falls silent at some byte, statement, COMMIT or connect.</summary>
    Wire,

    /// <summary>Nobody answers on the server's port for a while.</summary>
    Refuse,

    /// <summary>The loading process is killed.</summary>
    Kill,

    /// <summary>Somebody presses Ctrl+C.</summary>
    Cancel,

    /// <summary>An administrator ends one of the loader's sessions.</summary>
    Terminate,

    /// <summary>The session with the table's lock is ended.</summary>
    TerminateLock,

    /// <summary>Somebody reads the table when it is to be swapped, or writes to it when it is appended to.</summary>
    Lock,

    /// <summary>The role has short time limits.</summary>
    TimeLimits,

    /// <summary>The server is stopped at once and started again.</summary>
    Restart,

    /// <summary>The same, and it comes up elsewhere.</summary>
    Failover,

    /// <summary>The disk of the table is full.</summary>
    FullDisk,
}

/// <summary>One fault and when it comes, as a share of what a load without faults sends.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Moment">What is counted up to it.</param>
/// <param name="Share">How far, 0 to 1.</param>
/// <param name="Action">What happens to the wire.</param>
internal sealed record ScheduledFault(FaultKind Kind, FaultMoment Moment, double Share, FaultAction Action)
{
    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind}{(Kind == FaultKind.Wire ? $" {Action}" : "")} at {Share:P1} of {Moment}");
}

/// <summary>How one call loads.</summary>
/// <param name="Streams">Streams.</param>
/// <param name="ChunkRows">Rows of a chunk; of files so many bytes as these rows have.</param>
internal readonly record struct ScheduledCall(int Streams, int ChunkRows);

/// <summary>A load and what goes wrong with it; the same seed makes the same schedule.</summary>
internal sealed record Schedule(int Seed, LoadInput Input, BulkLoadMode Mode, IReadOnlyList<ScheduledFault> Faults, IReadOnlyList<ScheduledCall> Calls)
{
    /// <summary>Calls that a schedule may take until the load is done.</summary>
    public const int MostCalls = 10;

    /// <summary>How often each fault is drawn; a restart takes a second or two.</summary>
    private static readonly (FaultKind Kind, int Weight)[] Weights =
    [
        (FaultKind.Wire, 56), (FaultKind.Refuse, 4), (FaultKind.Kill, 9), (FaultKind.Cancel, 5), (FaultKind.Terminate, 8),
        (FaultKind.TerminateLock, 4), (FaultKind.Lock, 4), (FaultKind.TimeLimits, 4), (FaultKind.Restart, 3), (FaultKind.Failover, 2), (FaultKind.FullDisk, 2),
    ];

    /// <summary>True when the loader must be a process of its own.</summary>
    public bool NeedsProcess => Has(FaultKind.Kill);

    /// <summary>True when the server is stopped, which nobody else must be using.</summary>
    public bool NeedsServer => Has(FaultKind.Restart) || Has(FaultKind.Failover);

    /// <summary>The schedule of a seed.</summary>
    public static Schedule Of(int seed)
    {
        Random random = new(seed);
        LoadInput input = (LoadInput)random.Next(4);
        BulkLoadMode mode = random.NextDouble() switch { < 0.6 => BulkLoadMode.Replace, < 0.8 => BulkLoadMode.Append, _ => BulkLoadMode.Upsert };
        int count = random.Next(1, 5);
        List<ScheduledFault> faults = [];
        while (faults.Count < count)
        {
            ScheduledFault fault = Draw(random);
            if (fault.Kind == FaultKind.Wire || faults.All(other => other.Kind != fault.Kind))
                faults.Add(fault);
            // A process of its own has the patience of half a minute, which is too long here.
            if (faults.Any(one => one.Kind == FaultKind.Kill))
                faults.RemoveAll(one => one.Action == FaultAction.Blackhole);
        }

        ScheduledCall[] calls = [.. Enumerable.Range(0, MostCalls).Select(_ => new ScheduledCall(random.Next(1, 5), random.Next(150, 4_000)))];
        return new Schedule(seed, input, mode, faults, calls);
    }

    /// <summary>True when a fault of a kind is in it.</summary>
    public bool Has(FaultKind kind) => Faults.Any(fault => fault.Kind == kind);

    /// <inheritdoc />
    public override string ToString() => $"schedule {Seed} ({Mode} from {Input}): {string.Join("; ", Faults)}";

    private static ScheduledFault Draw(Random random)
    {
        int lot = random.Next(Weights.Sum(one => one.Weight));
        FaultKind kind = Weights.First(one => (lot -= one.Weight) < 0).Kind;
        FaultMoment moment = random.Next(10) switch
        {
            < 3 => FaultMoment.BytesToServer,
            < 5 => FaultMoment.BytesToClient,
            < 8 => FaultMoment.Statement,
            < 9 => FaultMoment.Commit,
            _ => FaultMoment.Connect,
        };
        FaultAction action = kind != FaultKind.Wire ? FaultAction.None : (moment, random.Next(10)) switch
        {
            (FaultMoment.Commit, < 5) => FaultAction.LoseAnswer,
            (FaultMoment.Commit, < 8) => FaultAction.LateCommit,
            (_, < 6) => FaultAction.Reset,
            (_, < 8) => FaultAction.Close,
            (_, < 9) => FaultAction.Blackhole,
            _ => FaultAction.Delay,
        };
        return new ScheduledFault(kind, moment, random.NextDouble(), action);
    }
}
