using LakebaseOps.Tests.Loading.Faults;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>What is killed.</summary>
internal enum Killer
{
    /// <summary>The process that runs the command, by kill -9.</summary>
    Process,

    /// <summary>A server is stopped at once and started again; the way to it is cut at the very moment.</summary>
    Server,

    /// <summary>The first process of a server is killed by kill -9; the server is started again.</summary>
    Postmaster,

    /// <summary>All sessions of the command on a server are ended.</summary>
    Backends,

    /// <summary>Somebody presses Ctrl+C.</summary>
    Cancellation,

    /// <summary>The disk that is dumped to is full.</summary>
    Disk,
}

/// <summary>What is run.</summary>
internal enum KillCommand
{
    Dump,
    Restore,
    Copy,
}

/// <summary>What is killed and when; the same seed makes the same point.</summary>
/// <param name="Command">What is run.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Killer">What is killed.</param>
/// <param name="AtSource">Whether it is the source's server whose messages are counted, and which is stopped.</param>
/// <param name="Moments">For each call that is disturbed: what is counted, and how far, as a share of what an undisturbed call sends.</param>
/// <param name="AtFile">The process dies when it writes files, not messages.</param>
/// <param name="Both">With the server the call is cancelled as well.</param>
/// <param name="InPieces">Small tables are taken for large ones.</param>
/// <param name="Mixes">Goes on although the snapshot is gone.</param>
internal sealed record KillPoint(
    KillCommand Command, int Seed, Killer Killer, bool AtSource, IReadOnlyList<(FaultMoment Moment, double Share)> Moments, bool AtFile, bool Both, bool InPieces, bool Mixes)
{
    // The first four of each are those of the suite.
    private static readonly (Killer Killer, bool AtSource)[][] Kinds =
    [
        [
            (Killer.Process, true), (Killer.Disk, true), (Killer.Postmaster, true), (Killer.Process, true), (Killer.Server, true),
            (Killer.Cancellation, true), (Killer.Backends, true), (Killer.Disk, true),
        ],
        [(Killer.Process, false), (Killer.Server, false), (Killer.Postmaster, false), (Killer.Backends, false), (Killer.Cancellation, false), (Killer.Process, false)],
        [
            (Killer.Process, false), (Killer.Server, false), (Killer.Postmaster, true), (Killer.Backends, true), (Killer.Cancellation, false),
            (Killer.Process, true), (Killer.Backends, false), (Killer.Server, true), (Killer.Postmaster, false),
        ],
    ];

    /// <summary>The point of a seed, 1 or more.</summary>
    public static KillPoint Of(KillCommand command, int seed)
    {
        Random random = new(unchecked((seed * 3 + (int)command) * (int)2_654_435_761));
        (Killer killer, bool atSource) = Kinds[(int)command][(seed - 1) % Kinds[(int)command].Length];
        FaultMoment bytes = atSource ? FaultMoment.BytesToClient : FaultMoment.BytesToServer;
        (FaultMoment, double)[] moments =
        [
            .. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => (random.Next(2) == 0 ? FaultMoment.Statement : bytes, random.NextDouble())),
        ];
        return new KillPoint(
            command, seed, killer, atSource, moments,
            AtFile: command == KillCommand.Dump && killer == Killer.Process && seed % 4 == 0,
            Both: random.Next(2) == 0,
            InPieces: killer != Killer.Process && random.Next(2) == 0,
            Mixes: random.Next(2) == 0);
    }

    /// <inheritdoc />
    public override string ToString() => FormattableString.Invariant(
        $"{Command} {Seed}: {Killer}{(AtSource ? " of the source" : "")}{(AtFile ? " at files" : "")}{(Both ? " with call" : "")}{(InPieces ? ", in pieces" : "")}{(Mixes ? ", mixes" : "")} at ")
        + string.Join(", ", Moments.Select(moment => FormattableString.Invariant($"{moment.Share:P0} of {moment.Moment}")));
}
