using System.Net.Sockets;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>Which failures pass by themselves, and how long to wait for that.</summary>
internal static class Transient
{
    private const int Attempts = 9;

    /// <summary>True for a lost connection, a server that restarts or found a session idle for too long, no free connection, a deadlock; never for data.</summary>
    public static bool Is(Exception exception) => exception switch
    {
        PostgresException refused => refused.SqlState is "57P01" or "57P02" or "57P03" or "57P05" or "25P03" or "25P04" or "53300" or "40001" or "40P01"
            || refused.SqlState.StartsWith("08", StringComparison.Ordinal),
        LakebaseException { Error.Cause: { } cause } => Is(cause),
        NpgsqlException { InnerException: PostgresException refused } => Is(refused),
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => true,
        NpgsqlException { InnerException: null } broken => broken.IsTransient,
        IOException { InnerException: SocketException } or SocketException => true,
        _ => false,
    };

    /// <summary>Waits before another attempt: 0.1 s, doubling to 10 s, half of it by chance; false when there were enough.</summary>
    public static async Task<bool> WaitAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt >= Attempts)
            return false;
        double most = Math.Min(10_000, 100 * Math.Pow(2, attempt));
        await Task.Delay(TimeSpan.FromMilliseconds(most * (0.5 + Random.Shared.NextDouble() / 2)), cancellationToken).ConfigureAwait(false);
        return true;
    }
}
