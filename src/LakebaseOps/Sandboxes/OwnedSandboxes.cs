using System.Collections.Concurrent;

namespace LakebaseOps.Sandboxes;

/// <summary>
/// The ephemeral sandboxes of this process: they end with it. What a crash leaves, the next start removes.
/// </summary>
internal static class OwnedSandboxes
{
    private static readonly ConcurrentDictionary<string, SandboxFolder> Folders = new(StringComparer.Ordinal);
    private static readonly Lazy<bool> Hook = new(() =>
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAll();
        return true;
    });

    /// <summary>Enters a sandbox.</summary>
    public static void Add(SandboxFolder folder)
    {
        _ = Hook.Value;
        Folders[folder.Path] = folder;
    }

    private static void EndAll()
    {
        foreach (SandboxFolder folder in Folders.Values)
        {
            try
            {
                // Its own record says whether it is still this process's: it may have been stopped and made anew.
                if (folder.ReadRecord() is { Sandbox.IsEphemeral: true } record && record.Owner == ProcessStamp.Own)
                    SandboxServer.EndAsync(folder, record.Sandbox.BinPath, removes: true, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (LakebaseException)
            {
                // Nobody listens any more; the next start removes it.
            }
        }
    }
}
