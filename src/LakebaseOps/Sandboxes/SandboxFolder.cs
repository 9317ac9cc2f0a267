using System.Globalization;

namespace LakebaseOps.Sandboxes;

/// <summary>The folder of one sandbox: data directory, socket, log, password and a record of what runs.</summary>
public sealed record SandboxFolder(string Path)
{
    /// <summary>Where this account keeps what belongs to LakebaseOps.</summary>
    public static string Home => ServerProgram.ServerAccount is null
        ? System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "LakebaseOps")
        // Root's own home is closed to the account that the server runs under.
        : "/var/lib/lakebaseops";

    /// <summary>The sandbox's name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The folder that holds this sandbox and others.</summary>
    public string Parent => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The data directory; it exists only when initdb has finished.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>The server's log.</summary>
    public string Log => System.IO.Path.Combine(Path, "server.log");

    /// <summary>The superuser's password, readable by the owner alone.</summary>
    public string Password => System.IO.Path.Combine(Path, "password");

    /// <summary>PostgreSQL's own lock file.</summary>
    internal string ServerLock => System.IO.Path.Combine(Data, "postmaster.pid");

    private string RecordFile => System.IO.Path.Combine(Path, "sandbox.json");

    /// <summary>The folder of a sandbox.</summary>
    /// <exception cref="LakebaseException">InvalidName.</exception>
    public static SandboxFolder Of(string? parent, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 40 || name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')))
        {
            throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument, $"'{name}' is no name for a sandbox.")
            { Target = name, Remedy = "Use 1 to 40 ASCII letters, digits, '-' or '_'." }.ToException();
        }

        return new SandboxFolder(System.IO.Path.Combine(ParentOf(parent), name));
    }

    /// <summary>All sandboxes under a parent folder.</summary>
    public static IEnumerable<SandboxFolder> All(string? parent) => Directory.Exists(ParentOf(parent))
        ? Directory.EnumerateDirectories(ParentOf(parent)).Order(StringComparer.Ordinal).Select(path => new SandboxFolder(path))
            .Where(folder => File.Exists(folder.RecordFile))
        : [];

    /// <summary>The sandbox as recorded, its state as found now; null when nothing is recorded.</summary>
    public LakebaseSandbox? Read()
    {
        if (ReadRecord() is not SandboxRecord record)
            return null;
        int processId = Server(record)?.Id ?? 0;
        return record.Sandbox with { ProcessId = processId, State = processId == 0 ? "Stopped" : "Running" };
    }

    /// <summary>The error of asking for a sandbox that does not exist.</summary>
    public LakebaseError NotFound() =>
        new(ErrorIds.SandboxNotFound, LakebaseErrorKind.NotFound, $"There is no sandbox named '{Name}'.")
        { Target = Path, Remedy = "Get-LakebaseSandbox lists them." };

    internal SandboxRecord? ReadRecord() => SandboxRecord.Read(RecordFile);

    internal void Write(SandboxRecord record) => record.Write(RecordFile);

    /// <summary>The live server; null when there is none, whatever its lock file says.</summary>
    internal ProcessStamp? Server(SandboxRecord? record)
    {
        string[] lines;
        try
        {
            lines = File.Exists(ServerLock) ? File.ReadAllLines(ServerLock) : [];
        }
        catch (IOException)
        {
            // It went away between the two looks.
            return null;
        }

        if (lines.Length < 3 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out int id)
            || ProcessStamp.Of(id) is not ProcessStamp process)
            return null;
        if (record?.Server?.Id == id)
            return record.Server == process ? process : null;
        // Started, but not recorded yet: the lock file's third line is the server's own start in Unix seconds.
        return long.TryParse(lines[2], CultureInfo.InvariantCulture, out long started) && StartedAbout(id, started) ? process : null;
    }

    private static bool StartedAbout(int id, long unixSeconds)
    {
        try
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(id);
            return Math.Abs(new DateTimeOffset(process.StartTime).ToUnixTimeSeconds() - unixSeconds) <= 5;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string ParentOf(string? parent) =>
        System.IO.Path.GetFullPath(parent ?? System.IO.Path.Combine(Home, "sandboxes"));
}
