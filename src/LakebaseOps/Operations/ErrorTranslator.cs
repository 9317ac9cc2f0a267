using System.Net.Sockets;
using Npgsql;

namespace LakebaseOps.Operations;

/// <summary>Turns any exception into a <see cref="LakebaseError"/>; the server's refusals by SQLSTATE.</summary>
public static class ErrorTranslator
{
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
            NpgsqlException broken => FromSocket(broken, target),
            SocketException or TimeoutException => FromSocket(exception, target),
            FileNotFoundException or DirectoryNotFoundException => new LakebaseError(
                ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, exception.Message)
            { Target = target, Cause = exception, Remedy = "Check the path; wildcards must match at least one file." },
            UnauthorizedAccessException or IOException => new LakebaseError(
                ErrorIds.PathNotWritable, LakebaseErrorKind.Permission, exception.Message)
            { Target = target, Cause = exception, Remedy = "Choose a path that this account may use and that has space left." },
            _ => new LakebaseError(ErrorIds.Internal, LakebaseErrorKind.Internal,
                $"{exception.GetType().Name}: {exception.Message}")
            { Target = target, Cause = exception, Remedy = "This looks like a fault of LakebaseOps: please report it with the stack trace." },
        };
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
            "57014" => (ErrorIds.OperationTimeout, LakebaseErrorKind.Timeout, "Allow more time, or look for what blocks the statement."),
            "40P01" or "40001" => (ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, "Run it again."),
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

    private static LakebaseError FromSocket(Exception broken, string? target)
    {
        bool refused = broken is SocketException || broken.InnerException is SocketException;
        return new LakebaseError(
            refused ? ErrorIds.ConnectionFailed : ErrorIds.ConnectionLost, LakebaseErrorKind.Connection,
            broken.InnerException is null ? broken.Message : $"{broken.Message}: {broken.InnerException.Message}")
        {
            Target = target,
            Remedy = "Check host, port and network; Test-LakebaseConnection finds the layer that fails.",
            Cause = broken,
        };
    }
}
