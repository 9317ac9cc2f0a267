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
            Name = sandbox.Name,
            HostName = sandbox.Host,
            Port = sandbox.Port,
            Database = database,
            Username = sandbox.Username,
            Secret = SessionFactory.Conceal(File.ReadAllText(folder.Password).Trim()),
        };
    }

    /// <summary>Connection options whose sandbox, if they name one, is resolved to host, port, role and password.</summary>
    /// <exception cref="LakebaseException">SandboxNotFound.</exception>
    public static ConnectionOptions Resolve(ConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Sandbox is null)
            return options;
        SandboxFolder folder = options.Sandbox.AsSpan().IndexOfAny('/', '\\') >= 0
            ? new SandboxFolder(options.Sandbox)
            : SandboxFolder.Of(null, options.Sandbox);
        LakebaseSandbox sandbox = folder.Read() is { State: "Running" } running ? running : throw new LakebaseError(
            ErrorIds.SandboxNotFound, LakebaseErrorKind.NotFound, $"No sandbox '{options.Sandbox}' is running.")
        { Target = folder.Path, Remedy = "Start it with Start-LakebaseSandbox; Get-LakebaseSandbox lists them." }.ToException();
        ConnectionOptions own = Options(sandbox);
        return own with
        {
            Name = options.Name ?? own.Name,
            Database = options.Database,
            Username = options.Username ?? own.Username,
            Secret = options.Secret ?? own.Secret,
            SslMode = options.SslMode,
            RootCertificate = options.RootCertificate,
            TimeoutSeconds = options.TimeoutSeconds,
            MaxPoolSize = options.MaxPoolSize,
        };
    }
}
