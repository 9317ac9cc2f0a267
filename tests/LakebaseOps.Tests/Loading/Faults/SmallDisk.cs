using System.Globalization;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>A volume in memory with a tablespace on it, at first too small for the load. Needs Linux and the right to mount.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static int _number;
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>False once mounting was refused.</summary>
    public static bool IsPossible { get; private set; } = true;

    /// <summary>Where it is mounted.</summary>
    public string Folder => _path;

    /// <summary>Name of the tablespace.</summary>
    public string Tablespace => Path.GetFileName(_path);

    /// <summary>The statement that makes the tablespace; outside of a transaction.</summary>
    public string Sql => $"CREATE TABLESPACE {Tablespace} LOCATION '{_path}'";

    /// <summary>Mounts one; null where this account may not, which the caller says aloud.</summary>
    public static async Task<SmallDisk?> MountAsync(int kilobytes)
    {
        if (!OperatingSystem.IsLinux() || ServerProgram.ServerAccount is not string account)
        {
            IsPossible = false;
            return null;
        }

        string path = Path.Combine(
            Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"lakebaseops_disk_{Environment.ProcessId}_{Interlocked.Increment(ref _number)}"));
        Directory.CreateDirectory(path);
        ProgramResult mounted = await ServerProgram.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", path], CancellationToken.None);
        if (mounted.ExitCode == 0)
        {
            await ServerProgram.RunAsync("chown", [account, path], CancellationToken.None);
            return new SmallDisk(path);
        }

        Directory.Delete(path);
        IsPossible = false;
        return null;
    }

    /// <summary>Gives it room.</summary>
    public Task GrowAsync() => ResizeAsync(64 * 1024);

    /// <summary>Gives it as much room, which must do for what is on it.</summary>
    public async Task ResizeAsync(int kilobytes) => Assert.Equal(0, (await ServerProgram.RunAsync(
        "mount", ["-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={kilobytes}k"), _path], CancellationToken.None)).ExitCode);

    /// <summary>Unmounts it; the tablespace must have been dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await ServerProgram.RunAsync("umount", ["--lazy", _path], CancellationToken.None);
        Directory.Delete(_path);
    }
}
