using System.Globalization;
using System.Net;
using LakebaseOps.Reports;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>What can go wrong with files of a volume.</summary>
internal static class VolumeFault
{
    private const string Again = "Run it again; a dump goes on where it was.";

    /// <summary>The error behind a request that came to nothing.</summary>
    public static LakebaseException Of(VolumeException fault, string path)
    {
        (string id, LakebaseErrorKind kind, string remedy) = fault.Status switch
        {
            null => (ErrorIds.ConnectionLost, LakebaseErrorKind.Connection, $"Check DATABRICKS_HOST and the network. {Again}"),
            HttpStatusCode.Unauthorized => (ErrorIds.AuthenticationFailed, LakebaseErrorKind.Authentication,
                "Check the token, or the secret of the service principal, and that they are of this workspace."),
            HttpStatusCode.Forbidden => (ErrorIds.PermissionDenied, LakebaseErrorKind.Permission,
                "Grant USE CATALOG, USE SCHEMA and READ VOLUME, and WRITE VOLUME to export."),
            HttpStatusCode.NotFound => (ErrorIds.VolumeNotFound, LakebaseErrorKind.NotFound,
                "Check catalog, schema and volume, and that the token may see them; a volume is not made by a dump."),
            HttpStatusCode.Conflict => (ErrorIds.FileExists, LakebaseErrorKind.Exists, "Give another folder as -Path."),
            HttpStatusCode.RequestEntityTooLarge => (ErrorIds.VolumeFileTooLarge, LakebaseErrorKind.InvalidArgument, "Give a smaller -ChunkBytes."),
            HttpStatusCode.TooManyRequests => (ErrorIds.ServerLimit, LakebaseErrorKind.Limit, $"Give a smaller -ThrottleLimit, or wait. {Again}"),
            _ when fault.IsPassing => (ErrorIds.ServerUnavailable, LakebaseErrorKind.Unavailable, Again),
            _ => (ErrorIds.VolumeFailed, LakebaseErrorKind.InvalidState, "The answer says why; check path and workspace."),
        };
        return new LakebaseError(id, kind, $"'{path}': {fault.Message}.") { Target = path, Cause = fault, Remedy = remedy }.ToException();
    }

    /// <summary>True for an error that passes by itself.</summary>
    public static bool IsPassing(Exception exception) => exception is LakebaseException { Error.Cause: VolumeException { IsPassing: true } };

    /// <summary>A file is larger than the service takes in one piece.</summary>
    public static LakebaseException TooLarge(string path, long most) =>
        new LakebaseError(ErrorIds.VolumeFileTooLarge, LakebaseErrorKind.InvalidArgument, $"'{path}' would have more than {Quantity.Bytes(most)}, which a volume takes in one piece.")
        { Target = path, Remedy = "Give a smaller -ChunkBytes, or pack with -Compression Zstd." }.ToException();

    /// <summary>What is stored is not what was sent.</summary>
    public static LakebaseException NotStored(string path, long? actual, long expected) =>
        new LakebaseError(ErrorIds.VolumeFailed, LakebaseErrorKind.Verification, string.Create(CultureInfo.InvariantCulture,
            $"'{path}' {(actual is null ? "is not there" : $"has {actual} bytes instead of {expected}")} after it was written. No manifest was written."))
        { Target = path, Remedy = "See that nobody else writes to that folder, then run it again: what is right is kept." }.ToException();

    /// <summary>Another dump has taken the place over.</summary>
    public static LakebaseException Taken(string path) =>
        new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, $"Another dump has begun in '{path}' meanwhile and goes on there. No manifest was written.")
        { Target = path, Remedy = "Wait until it has ended, or give another -Path." }.ToException();
}
