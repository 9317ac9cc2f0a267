using LakebaseOps.Connections;

namespace LakebaseOps.Sandboxes;

/// <summary>How to connect to a sandbox.</summary>
public static class SandboxConnection
{
    /// <summary>Connection options of the sandbox's superuser; the password comes from the sandbox's own file.</summary>
    public static ConnectionOptions Options(LakebaseSandbox sandbox, string? database = null)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        SandboxFolder folder = new(sandbox.Path);
        if (!File.Exists(folder.Password))
        {
            throw new LakebaseError(ErrorIds.SandboxNotFound, LakebaseErrorKind.NotFound,
                $"The sandbox '{sandbox.Name}' no longer exists.")
            { Target = sandbox.Path, Remedy = "Start it again with Start-LakebaseSandbox." }.ToException();
        }

        return new ConnectionOptions
        {
            HostName = sandbox.Host,
            Port = sandbox.Port,
            Database = database,
            Username = sandbox.Username,
            Secret = SessionFactory.Conceal(File.ReadAllText(folder.Password).Trim()),
        };
    }
}
