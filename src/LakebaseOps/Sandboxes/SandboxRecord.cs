using System.Text.Json;

namespace LakebaseOps.Sandboxes;

/// <summary>What is written down about a sandbox, from before its data exist until they are removed.</summary>
/// <param name="Sandbox">The sandbox as it was started.</param>
/// <param name="Owner">The process that an ephemeral sandbox ends with.</param>
/// <param name="Server">The server; null while it is being started.</param>
internal sealed record SandboxRecord(LakebaseSandbox Sandbox, ProcessStamp? Owner, ProcessStamp? Server)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>True for an ephemeral sandbox that nobody will stop any more.</summary>
    public bool IsOrphan => Sandbox.IsEphemeral && Owner is not { IsAlive: true };

    /// <summary>Reads a record; null when there is none.</summary>
    /// <exception cref="LakebaseException">SandboxFailed: the file is damaged.</exception>
    public static SandboxRecord? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<SandboxRecord>(File.ReadAllText(file)) is { Sandbox: not null } record
                ? record
                : throw new JsonException("it describes no sandbox.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new LakebaseError(ErrorIds.SandboxFailed, LakebaseErrorKind.InvalidState, $"'{file}' is damaged: {exception.Message}")
            { Target = file, Cause = exception, Remedy = "Remove the folder if its data are not needed." }.ToException();
        }
    }

    /// <summary>Writes the record; a reader never sees half of it.</summary>
    public void Write(string file)
    {
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(file + ".new", file, overwrite: true);
    }
}
