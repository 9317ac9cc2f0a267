using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>Statements that need a table's strongest lock for a moment, without making others queue behind a long wait for it.</summary>
internal static class BriefLock
{
    private const int Attempts = 20;

    /// <summary>Runs them in one transaction, again and again while the table is in use.</summary>
    /// <exception cref="PostgresException">They failed, or the table stayed in use.</exception>
    public static async Task RunAsync(
        NpgsqlConnection connection, TableName table, string statements, IOperationSink sink, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    using NpgsqlCommand command = new($"SET LOCAL lock_timeout = '1s'; {statements}", connection, transaction);
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
            catch (PostgresException exception)
                when (exception.SqlState == PostgresErrorCodes.LockNotAvailable && attempt < Attempts)
            {
                sink.Trace($"{table} is in use: trying again for its lock ({attempt} of {Attempts}).");
                await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
