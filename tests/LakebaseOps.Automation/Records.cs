namespace System.Management.Automation;

public enum ErrorCategory
{
    NotSpecified, OpenError, CloseError, DeviceError, DeadlockDetected, InvalidArgument, InvalidData, InvalidOperation,
    InvalidResult, InvalidType, MetadataError, NotImplemented, NotInstalled, ObjectNotFound, OperationStopped,
    OperationTimeout, SyntaxError, ParserError, PermissionDenied, ResourceBusy, ResourceExists, ResourceUnavailable,
    ReadError, WriteError, FromStdErr, SecurityError, ProtocolError, ConnectionError, AuthenticationError, LimitsExceeded,
    QuotaExceeded, NotEnabled,
}

public class ErrorRecord(Exception exception, string errorId, ErrorCategory errorCategory, object? targetObject)
{
    public Exception Exception { get; } = exception;

    public string FullyQualifiedErrorId { get; } = errorId;

    public object? TargetObject { get; } = targetObject;

    public ErrorDetails? ErrorDetails { get; set; }

    public ErrorCategoryInfo CategoryInfo { get; } = new(errorCategory);
}

public class ErrorCategoryInfo
{
    internal ErrorCategoryInfo(ErrorCategory category) => Category = category;

    public ErrorCategory Category { get; }

    public string Activity { get; set; } = "";

    public string Reason { get; set; } = "";

    public string TargetName { get; set; } = "";
}

public class ErrorDetails(string message)
{
    public string Message { get; } = message;

    public string RecommendedAction { get; set; } = "";
}

public enum ProgressRecordType { Processing, Completed }

public class ProgressRecord
{
    private string _status;

    public ProgressRecord(int activityId, string activity, string statusDescription)
    {
        ArgumentException.ThrowIfNullOrEmpty(activity);
        ArgumentException.ThrowIfNullOrEmpty(statusDescription);
        ArgumentOutOfRangeException.ThrowIfNegative(activityId);
        (ActivityId, Activity, _status) = (activityId, activity, statusDescription);
    }

    public int ActivityId { get; }

    public string Activity { get; set; }

    public string StatusDescription
    {
        get => _status;
        set => _status = string.IsNullOrEmpty(value) ? throw new ArgumentException("A status must not be empty.") : value;
    }

    public string CurrentOperation { get; set; } = "";

    public int ParentActivityId { get; set; } = -1;

    public int PercentComplete { get; set; } = -1;

    public int SecondsRemaining { get; set; } = -1;

    public ProgressRecordType RecordType { get; set; }
}

public class InformationRecord(object messageData, string source)
{
    public object MessageData { get; } = messageData;

    public string Source { get; set; } = source;

    public List<string> Tags { get; } = [];
}
