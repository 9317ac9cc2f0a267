namespace LakebaseOps;

/// <summary>What the measuring process itself did during a cell: what speaks for or against its clock.</summary>
public sealed record ClientLoad
{
    /// <summary>Processor time of this process, as a share of all processors of the machine, 0 to 1.</summary>
    public double ProcessCpuShare { get; init; }

    /// <summary>Processor time of everybody on the machine, as a share of all processors, 0 to 1; null where it cannot be read.</summary>
    public double? MachineCpuShare { get; init; }

    /// <summary>Processor time that a hypervisor gave to others, as a share of all processors, 0 to 1; null where it cannot be read.</summary>
    public double? StolenCpuShare { get; init; }

    /// <summary>Share of the time for which the garbage collector stopped this process, 0 to 1.</summary>
    public double CollectorShare { get; init; }

    /// <summary>Times that a thread of this process slept a millisecond and looked how late it woke.</summary>
    public long HiccupSamples { get; init; }

    /// <summary>99th percentile of the lateness, milliseconds.</summary>
    public double HiccupP99Ms { get; init; }

    /// <summary>Largest lateness, milliseconds: for so long nothing of this process may have run.</summary>
    public double LongestHiccupMs { get; init; }

    /// <summary>Share of the time lost to latenesses of a millisecond and more, 0 to 1.</summary>
    public double StalledShare { get; init; }
}
