using LakebaseOps.Connections;
using LakebaseOps.Loading.Sending;
using Npgsql;

namespace LakebaseOps.Verification.Content;

/// <summary>Works through the parts of a table with several sessions at once; a part whose connection is lost is read again.</summary>
/// <param name="session">The sessions' server.</param>
/// <param name="gate">What bounds the sessions of all tables together.</param>
/// <param name="sessions">Most sessions for one table.</param>
internal sealed class ContentParts(PostgresSession session, SemaphoreSlim gate, int sessions)
{
    // What sorts would move whole rows; parts are read by several sessions, so none needs workers of its own; and one plan serves
    // too few rows to be worth compiling. The rest makes values look alike on every server.
    private const string Settings =
        """
        SELECT set_config(name, value, true) FROM (VALUES ('enable_sort', 'off'), ('jit', 'off'), ('max_parallel_workers_per_gather', '0'),
            ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'),
            ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'), ('bytea_output', 'hex'),
            ('lc_monetary', 'C')) AS s(name, value)
        """;

    /// <summary>Most sessions for one table.</summary>
    public int Sessions => sessions;

    /// <summary>Does something for each part, in no order.</summary>
    public Task ForEachAsync(IEnumerable<long> parts, Func<NpgsqlConnection, long, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = sessions, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(parts, parallel, async (part, token) =>
            await RunAsync(connection => work(connection, part, token), token).ConfigureAwait(false));
    }

    /// <summary>Does something in a transaction that writes nothing, again when its connection is lost.</summary>
    public async Task RunAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (int attempt = 0; ;)
            {
                try
                {
                    await OnceAsync(work, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (Exception exception) when (Transient.Is(exception))
                {
                    if (!await Transient.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false))
                        throw;
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task OnceAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                using (NpgsqlCommand prepare = new($"SET TRANSACTION READ ONLY; {Settings}", connection, transaction) { CommandTimeout = 0 })
                    await prepare.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                await work(connection).ConfigureAwait(false);
            }
        }
    }
}
