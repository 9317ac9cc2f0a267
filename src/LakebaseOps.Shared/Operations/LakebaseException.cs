namespace LakebaseOps;

/// <summary>Carries a <see cref="LakebaseError"/> up to whoever shows it.</summary>
public sealed class LakebaseException : Exception
{
    /// <summary>Wraps an error.</summary>
    public LakebaseException(LakebaseError error)
        : base(error?.Text, error?.Cause) =>
        Error = error ?? throw new ArgumentNullException(nameof(error));

    /// <summary>An unclassified failure.</summary>
    public LakebaseException()
        : this("An unknown failure occurred.")
    {
    }

    /// <summary>An unclassified failure with a message.</summary>
    public LakebaseException(string message)
        : this(new LakebaseError(ErrorIds.Internal, LakebaseErrorKind.Internal, message))
    {
    }

    /// <summary>An unclassified failure with a message and a cause.</summary>
    public LakebaseException(string message, Exception innerException)
        : this(new LakebaseError(ErrorIds.Internal, LakebaseErrorKind.Internal, message) { Cause = innerException })
    {
    }

    /// <summary>The error: id, kind, target, remedy.</summary>
    public LakebaseError Error { get; }
}
