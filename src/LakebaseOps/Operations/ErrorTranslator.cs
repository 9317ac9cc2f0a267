using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace LakebaseOps.Operations;

/// <summary>Turns any exception into a <see cref="LakebaseError"/>; the server's refusals by SQLSTATE.</summary>
public static class ErrorTranslator
{
    private const string ConnectionRemedy = "Check host, port and network; Test-LakebaseConnection finds the layer that fails.";

    /// <summary>The error behind an exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="target">What was being worked on, where the exception does not know.</param>
    public static LakebaseError Translate(Exception exception, string? target = null)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            LakebaseException own => target is null || own.Error.Target is not null ? own.Error : own.Error with { Target = target },
            AggregateException { InnerExceptions.Count: > 0 } several => Translate(several.InnerExceptions[0], target),
            PostgresException refused => FromServer(refused, target),
            NpgsqlException { InnerException: PostgresException refused } => FromServer(refused, target),
            NpgsqlException broken => FromClient(broken, target),
            SocketException or TimeoutException => FromSocket(exception, target),
            OperationCanceledException => new LakebaseError(
                ErrorIds.OperationCanceled, LakebaseErrorKind.InvalidState, "It was stopped before its end.")
            { Target = target, Cause = exception, Remedy = "Run it again." },
            FileNotFoundException or DirectoryNotFoundException => Reading(exception, target),
            UnauthorizedAccessException or IOException => Writing(exception, target),
            _ => new LakebaseError(ErrorIds.Internal, LakebaseErrorKind.Internal,
                $"{exception.GetType().Name}: {exception.Message}")
            { Target = target, Cause = exception, Remedy = "This looks like a fault of LakebaseOps: please report it with the stack trace." },
        };
    }

    /// <summary>The error behind an exception while a connection was being opened: whatever broke then was never there.</summary>
    public static LakebaseError Connecting(Exception exception, string? target)
    {
        LakebaseError error = Translate(exception, target);
        return error.SqlState is null && error.Id is ErrorIds.ConnectionLost or ErrorIds.OperationTimeout or ErrorIds.Internal
            && exception is NpgsqlException or SocketException or TimeoutException or OperationCanceledException
            ? error with { Id = ErrorIds.ConnectionFailed, Kind = LakebaseErrorKind.Connection, Remedy = ConnectionRemedy }
            : error;
    }

    /// <summary>The error of a file that could not be read, whatever the reason.</summary>
    public static LakebaseError Reading(Exception exception, string? target)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, exception.Message)
        { Target = target, Cause = exception, Remedy = "Check the path and who may read it; wildcards must match at least one file." };
    }

    /// <summary>The error of a path that could not be written, whatever the reason.</summary>
    public static LakebaseError Writing(Exception exception, string? target)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new LakebaseError(ErrorIds.PathNotWritable, LakebaseErrorKind.Permission, exception.Message)
        { Target = target, Cause = exception, Remedy = "Choose a path that this account may use and that has space left." };
    }

    private static LakebaseError FromServer(PostgresException refused, string? target)
    {
        (string id, LakebaseErrorKind kind, string? remedy) = refused.SqlState switch
        {
            "42501" => (ErrorIds.PermissionDenied, LakebaseErrorKind.Permission, "Grant the privilege to the role, or use a role that has it."),
            "42P01" or "42703" or "3F000" or "3D000" or "42883" or "42704" =>
                (ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, "Check the spelling, the schema and the database of the session."),
            "42P07" or "42710" or "42P06" or "42701" =>
                (ErrorIds.ObjectExists, LakebaseErrorKind.Exists, "Use another name, or remove the existing object first."),
            "57014" or "25P03" or "25P04" => (ErrorIds.OperationTimeout, LakebaseErrorKind.Timeout, "Allow more time, or look for what blocks the statement."),
            "40P01" or "40001" => (ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, "Run it again."),
            "25006" => (ErrorIds.ReadOnly, LakebaseErrorKind.InvalidState,
                "Use a read-write endpoint, or leave the read-only transaction."),
            "57P01" or "57P02" or "57P03" or "57P05" =>
                (ErrorIds.ServerUnavailable, LakebaseErrorKind.Unavailable, "Wait for the server to be ready, then run it again."),
            _ => refused.SqlState[..2] switch
            {
                "08" => (ErrorIds.ConnectionLost, LakebaseErrorKind.Connection, "Check the network, then run it again."),
                "22" or "23" => (ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, "Correct the data named in the message."),
                "28" => (ErrorIds.AuthenticationFailed, LakebaseErrorKind.Authentication,
                    "Check role and password; a Lakebase token lives one hour and is refused by pooled hosts."),
                "53" => (ErrorIds.ServerLimit, LakebaseErrorKind.Limit, "Free the resource named, or use fewer streams."),
                "55" => (ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, "Wait until the other user of the object is done, then run it again."),
                _ => (ErrorIds.StatementFailed, LakebaseErrorKind.InvalidArgument, (string?)null),
            },
        };
        // The detail can quote row values, which is what a person needs to find the row; it never holds credentials.
        string detail = string.IsNullOrEmpty(refused.Detail) ? "" : $" {refused.Detail}";
        return new LakebaseError(id, kind, $"The server answered {refused.SqlState}: {refused.MessageText}.{detail}")
        {
            SqlState = refused.SqlState,
            Target = target ?? refused.TableName,
            Remedy = refused.Hint ?? remedy,
            Cause = refused,
        };
    }

    // What Npgsql itself found wrong, without an answer of the server; it has no codes, so its texts must do.
    private static LakebaseError FromClient(NpgsqlException broken, string? target)
    {
        bool Says(string text) => broken.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
        if (broken.InnerException is AuthenticationException || Says("SSL connection requested") || Says("SSL handshake"))
        {
            return new LakebaseError(ErrorIds.TlsFailed, LakebaseErrorKind.Connection, WithCause(broken))
            {
                Target = target,
                Remedy = "Connect by the name in the server's certificate, give its authority with -RootCertificate, or choose another -SslMode.",
                Cause = broken,
            };
        }

        if (Says("No password"))
        {
            return new LakebaseError(ErrorIds.AuthenticationFailed, LakebaseErrorKind.Authentication, "The server asks for a password and none was given.")
            { Target = target, Remedy = "Give -Credential or -Token, or set PGPASSWORD.", Cause = broken };
        }

        if (Says("pool has been exhausted"))
        {
            return new LakebaseError(ErrorIds.ServerLimit, LakebaseErrorKind.Limit, "All connections of the session are in use.")
            { Target = target, Remedy = "Use fewer streams, or give Connect-Lakebase a larger -MaxPoolSize.", Cause = broken };
        }

        return broken.InnerException is TimeoutException
            ? new LakebaseError(ErrorIds.OperationTimeout, LakebaseErrorKind.Timeout, WithCause(broken))
            { Target = target, Remedy = "Allow more time, or look for what blocks the statement.", Cause = broken }
            : FromSocket(broken, target);
    }

    private static LakebaseError FromSocket(Exception broken, string? target)
    {
        // A socket error within an exception of Npgsql is a failed connect only when it says so: a reset is a broken one.
        SocketException? socket = broken as SocketException ?? broken.InnerException as SocketException;
        bool never = socket?.SocketErrorCode is SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.TryAgain
            or SocketError.NoData or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.TimedOut
            or SocketError.AddressNotAvailable or SocketError.HostDown or SocketError.AccessDenied;
        return new LakebaseError(
            never ? ErrorIds.ConnectionFailed : ErrorIds.ConnectionLost, LakebaseErrorKind.Connection, WithCause(broken))
        { Target = target, Remedy = ConnectionRemedy, Cause = broken };
    }

    private static string WithCause(Exception broken) => broken.InnerException is null || broken.Message.Contains(broken.InnerException.Message, StringComparison.Ordinal)
        ? broken.Message
        : $"{broken.Message}: {broken.InnerException.Message}";
}
