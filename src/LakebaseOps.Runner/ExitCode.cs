namespace LakebaseOps.Runner;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCode
{
    /// <summary>Done and verified.</summary>
    public const int Done = 0;

    /// <summary>A step failed or a gate did not pass.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the workflow file is wrong; nothing has run.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl+C or a termination signal; what was running has been unwound.</summary>
    public const int Interrupted = 130;
}
