using System.Diagnostics;
using System.Net;
using LakebaseOps.Latency.RoundTrips;

namespace LakebaseOps.Tests.Latency;

/// <summary>A link over which answers come slowly; for one connection at a time.</summary>
internal sealed class ThrottledLink(EndPoint server, double bytesPerSecond) : DelayedLink(server)
{
    private long _free;

    internal override long Due(long arrived, int bytes, bool toServer) => toServer
        ? arrived
        : _free = Math.Max(arrived, _free) + (long)(bytes / bytesPerSecond * Stopwatch.Frequency);
}
