using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>The one place where an engine error becomes a PowerShell error record.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of an error; its id is the error's own, its category follows the kind.</summary>
    public static ErrorRecord From(LakebaseError error)
    {
        return new ErrorRecord(error.ToException(), error.Id, Category(error.Kind), error.Target)
        {
            // PowerShell shows the recommendation below the message; the exception's own message holds both.
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Remedy ?? "" },
        };
    }

    private static ErrorCategory Category(LakebaseErrorKind kind) => kind switch
    {
        LakebaseErrorKind.Connection => ErrorCategory.ConnectionError,
        LakebaseErrorKind.Authentication => ErrorCategory.AuthenticationError,
        LakebaseErrorKind.Permission => ErrorCategory.PermissionDenied,
        LakebaseErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        LakebaseErrorKind.Exists => ErrorCategory.ResourceExists,
        LakebaseErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        LakebaseErrorKind.InvalidData => ErrorCategory.InvalidData,
        LakebaseErrorKind.Busy => ErrorCategory.ResourceBusy,
        LakebaseErrorKind.Limit => ErrorCategory.LimitsExceeded,
        LakebaseErrorKind.Timeout => ErrorCategory.OperationTimeout,
        LakebaseErrorKind.Unavailable => ErrorCategory.ResourceUnavailable,
        LakebaseErrorKind.InvalidState => ErrorCategory.InvalidOperation,
        LakebaseErrorKind.Verification => ErrorCategory.InvalidResult,
        _ => ErrorCategory.NotSpecified,
    };
}
