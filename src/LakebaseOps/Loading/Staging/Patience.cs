using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// Waits for an exclusive lock in short turns with pauses between them, so that readers who queue up behind are never held
/// up for long, and so that it is never they whom a deadlock ends: a turn is shorter than the server's deadlock_timeout.
/// </summary>
internal static class Patience
{
    private const int Attempts = 240;

    private const string TurnSql =
        "SELECT set_config('lock_timeout', least(2000, greatest(1, setting::int / 2))::text, true) FROM pg_settings WHERE name = 'deadlock_timeout'";

    /// <summary>Repeats a transaction until it gets its locks.</summary>
    /// <exception cref="LakebaseException">ResourceBusy after some minutes.</exception>
    public static async Task<T> RunAsync<T>(TableName table, IOperationSink sink, Func<Task<T>> transaction, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await transaction().ConfigureAwait(false);
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                if (attempt == Attempts)
                {
                    throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy,
                        $"{table} or something that depends on it was in use for minutes; its place could not be taken.")
                    {
                        Target = table.ToString(),
                        Cause = busy,
                        Remedy = "Everything is ready: call again when long queries and open transactions on it have ended (pg_stat_activity shows them).",
                    }.ToException();
                }

                if (attempt == 3)
                    sink.Milestone($"{table} is in use; waiting for a moment to take its place.");
                await Task.Delay(Random.Shared.Next(200, 1_000), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Limits every wait for a lock within the present transaction to one turn.</summary>
    public static async Task BeginTurnAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(TurnSql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
