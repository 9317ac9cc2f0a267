namespace LakebaseOps;

/// <summary>What sort of failure an error is; PowerShell shows it as the error's category.</summary>
public enum LakebaseErrorKind
{
    /// <summary>The server could not be reached, or the connection broke.</summary>
    Connection,

    /// <summary>The server refused the credentials.</summary>
    Authentication,

    /// <summary>The role lacks a privilege.</summary>
    Permission,

    /// <summary>A file, table, session or other named thing does not exist.</summary>
    NotFound,

    /// <summary>Something of that name exists already.</summary>
    Exists,

    /// <summary>An argument, option or file is not of the form it must have.</summary>
    InvalidArgument,

    /// <summary>Input data are wrong: a bad number, a wrong column count, a violated constraint.</summary>
    InvalidData,

    /// <summary>The thing is locked or used by somebody else.</summary>
    Busy,

    /// <summary>A limit of the server or of this machine was reached.</summary>
    Limit,

    /// <summary>The time allowed for it ran out.</summary>
    Timeout,

    /// <summary>The server is shutting down, starting or otherwise not ready.</summary>
    Unavailable,

    /// <summary>The state found does not allow the action.</summary>
    InvalidState,

    /// <summary>The outcome that was read back is not what was wanted.</summary>
    Verification,

    /// <summary>A fault of LakebaseOps itself or one that fits no other kind.</summary>
    Internal,
}
