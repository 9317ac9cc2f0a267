namespace LakebaseOps;

/// <summary>One failure: what failed, on what, why, and what to do about it.</summary>
/// <param name="Id">Stable identifier; every one is listed in <see cref="ErrorIds"/> and in about_LakebaseOps_Errors.</param>
/// <param name="Kind">The sort of failure.</param>
/// <param name="Message">What failed and why, in one or two sentences; never a secret.</param>
public sealed record LakebaseError(string Id, LakebaseErrorKind Kind, string Message)
{
    /// <summary>The table, file, host or other thing it failed on.</summary>
    public string? Target { get; init; }

    /// <summary>What the user can do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>The server's five-character SQLSTATE, where the server reported the failure.</summary>
    public string? SqlState { get; init; }

    /// <summary>The exception behind it, for the curious.</summary>
    public Exception? Cause { get; init; }

    /// <summary>This error as an exception.</summary>
    public LakebaseException ToException() => new(this);

    /// <summary>Message and remedy as sentences.</summary>
    public string Text => Remedy is null ? Message : $"{Message}{(Message is [.., '.' or '!' or '?' or ')'] ? "" : ".")} {Remedy}";

    /// <inheritdoc />
    public override string ToString() => $"{Id}: {Text}";
}
