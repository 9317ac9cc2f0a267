using System.Text.Json;

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

    /// <summary>The data directory.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>The server's log.</summary>
    public string Log => System.IO.Path.Combine(Path, "server.log");

    /// <summary>The superuser's password, readable by the owner alone.</summary>
    public string Password => System.IO.Path.Combine(Path, "password");

    private string Record => System.IO.Path.Combine(Path, "sandbox.json");

    /// <summary>The folder of a sandbox.</summary>
    public static SandboxFolder Of(string? parent, string name)
    {
        if (name.Length is 0 or > 40 || name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')))
        {
            throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument, $"'{name}' is no name for a sandbox.")
            { Target = name, Remedy = "Use 1 to 40 ASCII letters, digits, '-' or '_'." }.ToException();
        }

        return new SandboxFolder(System.IO.Path.Combine(Parent(parent), name));
    }

    /// <summary>All sandboxes under a parent folder.</summary>
    public static IEnumerable<SandboxFolder> All(string? parent) => Directory.Exists(Parent(parent))
        ? Directory.EnumerateDirectories(Parent(parent)).Order(StringComparer.Ordinal).Select(path => new SandboxFolder(path))
            .Where(folder => File.Exists(folder.Record))
        : [];

    /// <summary>The sandbox as recorded, its state as found now; null when nothing is recorded.</summary>
    public LakebaseSandbox? Read()
    {
        if (!File.Exists(Record))
            return null;
        LakebaseSandbox? recorded = JsonSerializer.Deserialize<LakebaseSandbox>(File.ReadAllText(Record));
        int processId = ServerProcessId();
        return recorded is null ? null : recorded with { ProcessId = processId, State = processId == 0 ? "Stopped" : "Running" };
    }

    /// <summary>The error of asking for a sandbox that does not exist.</summary>
    public LakebaseError NotFound() =>
        new(ErrorIds.SandboxNotFound, LakebaseErrorKind.NotFound, $"There is no sandbox named '{Name}'.")
        { Target = Path, Remedy = "Get-LakebaseSandbox lists them." };

    /// <summary>Records a sandbox.</summary>
    public void Write(LakebaseSandbox sandbox) =>
        File.WriteAllText(Record, JsonSerializer.Serialize(sandbox, SandboxJson.Indented));

    /// <summary>The live server's process id by its own lock file; 0 when there is none.</summary>
    public int ServerProcessId()
    {
        string lockFile = System.IO.Path.Combine(Data, "postmaster.pid");
        try
        {
            return File.Exists(lockFile) && int.TryParse(File.ReadLines(lockFile).FirstOrDefault(), out int processId)
                && ServerProgram.IsAlive(processId) ? processId : 0;
        }
        catch (IOException)
        {
            // It went away between the two looks.
            return 0;
        }
    }

    private static string Parent(string? parent) =>
        System.IO.Path.GetFullPath(parent ?? System.IO.Path.Combine(Home, "sandboxes"));
}

internal static class SandboxJson
{
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
