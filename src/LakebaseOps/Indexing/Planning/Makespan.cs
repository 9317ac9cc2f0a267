namespace LakebaseOps.Indexing.Planning;

/// <summary>One build in a schedule.</summary>
/// <param name="Seconds">Time when it has the server to itself.</param>
/// <param name="Cores">Processors that it keeps busy, on average.</param>
/// <param name="Slots">Slots it takes.</param>
internal readonly record struct ScheduledBuild(double Seconds, double Cores, int Slots);

/// <summary>How long builds take that share a server's processors.</summary>
internal static class Makespan
{
    /// <summary>
    /// Runs a schedule in thought: the next in order starts when its slots are free; when the builds that run could use more
    /// processors than there are, each is slowed down by the same factor.
    /// </summary>
    public static double Of(IReadOnlyList<ScheduledBuild> builds, int slots, double cores)
    {
        double clock = 0;
        int next = 0;
        List<(ScheduledBuild Build, double Left)> running = [];
        while (next < builds.Count || running.Count > 0)
        {
            while (next < builds.Count && running.Sum(one => one.Build.Slots) + Math.Min(slots, builds[next].Slots) <= slots)
            {
                running.Add((builds[next] with { Slots = Math.Min(slots, builds[next].Slots) }, Math.Max(1e-9, builds[next].Seconds)));
                next++;
            }

            // What one build takes with workers of its own was measured as it is.
            double speed = Math.Min(1, Math.Max(cores, running.Max(one => one.Build.Cores)) / running.Sum(one => one.Build.Cores));
            double step = running.Min(one => one.Left) / speed;
            clock += step;
            running = [.. running.Select(one => (one.Build, Left: one.Left - (step * speed))).Where(one => one.Left > 1e-9)];
        }

        return clock;
    }
}
