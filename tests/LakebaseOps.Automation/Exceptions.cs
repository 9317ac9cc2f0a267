namespace System.Management.Automation;

public class RuntimeException : SystemException
{
    public RuntimeException()
    {
    }

    public RuntimeException(string message)
        : base(message)
    {
    }

    public RuntimeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

public class PipelineStoppedException : RuntimeException;

public class ActionPreferenceStopException(string message) : RuntimeException(message);

public class ArgumentTransformationMetadataException(string message) : RuntimeException(message);

public class ItemNotFoundException(string message) : RuntimeException(message);

public class PSInvalidOperationException(string message) : InvalidOperationException(message);

public class PSArgumentException(string message) : ArgumentException(message);

/// <summary>What break, exit and Select-Object -First unwind with; PowerShell keeps its constructor to itself.</summary>
public abstract class FlowControlException : SystemException
{
    internal FlowControlException()
    {
    }
}

/// <summary>Internal in PowerShell as well.</summary>
internal sealed class StopUpstreamCommandsException : FlowControlException;
