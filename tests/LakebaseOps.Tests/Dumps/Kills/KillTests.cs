using LakebaseOps.Tests.Loading.Faults;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>
/// Dumps, restores and copies that die at seeded moments: a dozen in the suite, fifty of each in a soak. Whatever was killed, the same
/// call ends with what there is at the source, what was finished is not done again, and nothing is left. LAKEBASEOPS_SEED sets the first seed.
/// </summary>
public sealed class KillTests(KillServers servers) : IClassFixture<KillServers>
{
    /// <summary>The seeds.</summary>
    public static TheoryData<int> Seeds
    {
        get
        {
            int first = int.TryParse(Environment.GetEnvironmentVariable("LAKEBASEOPS_SEED"), out int seed) ? seed : 1;
            return [.. Enumerable.Range(first, Soak.Cases(4, 50))];
        }
    }

    [Theory(Timeout = 180_000)]
    [MemberData(nameof(Seeds))]
    public async Task A_dump_that_was_killed_goes_on_and_has_no_manifest_that_lies(int seed)
    {
        KillPoint point = KillPoint.Of(KillCommand.Dump, seed);
        string folder = Path.Combine(servers.Folder, $"dump{seed}");
        SmallDisk? disk = null;
        if (point.Killer == Killer.Disk && (disk = await SmallDisk.MountAsync(64)) is not null)
            folder = Path.Combine(disk.Folder, "dump");
        try
        {
            await new DumpRun(servers, point, folder, disk).PlayAsync();
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            if (disk is not null)
                await disk.DisposeAsync();
        }
    }

    [Theory(Timeout = 180_000)]
    [MemberData(nameof(Seeds))]
    public Task A_restore_that_was_killed_goes_on_and_replaces_nothing_before_its_end(int seed) => RestoreAsync(KillCommand.Restore, seed);

    [Theory(Timeout = 180_000)]
    [MemberData(nameof(Seeds))]
    public Task A_copy_that_was_killed_goes_on_and_replaces_nothing_before_its_end(int seed) => RestoreAsync(KillCommand.Copy, seed);

    private async Task RestoreAsync(KillCommand command, int seed)
    {
        string database = await servers.CreateTargetAsync();
        try
        {
            await new RestoreRun(servers, KillPoint.Of(command, seed), database).PlayAsync();
        }
        finally
        {
            await servers.RunAsync(atSource: false, "postgres", $"DROP DATABASE {database} WITH (FORCE)");
        }
    }
}
