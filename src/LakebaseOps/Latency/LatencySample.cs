using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LakebaseOps.Latency;

/// <summary>One timed request: its number, when it began and its parts, in Stopwatch ticks.</summary>
/// <param name="Number">Number in the cell's stream.</param>
/// <param name="Started">Stopwatch timestamp.</param>
/// <param name="Total">The whole request.</param>
internal readonly record struct LatencySample(long Number, long Started, long Total)
{
    private static readonly double MicrosecondsPerTick = 1e6 / Stopwatch.Frequency;

    private readonly PartTicks _parts;

    public LatencySample(long number, RequestClock clock, long total)
        : this(number, clock.Started, total) => clock.Ticks.CopyTo(_parts);

    /// <summary>The whole request in microseconds.</summary>
    public double TotalUs => Total * MicrosecondsPerTick;

    /// <summary>A part in microseconds.</summary>
    public double PartUs(int part) => _parts[part] * MicrosecondsPerTick;

    [InlineArray(RequestClock.Parts)]
    private struct PartTicks
    {
        private long _first;
    }
}
