using LakebaseOps.Loading.Sending;
using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>The lease of an unfinished load: whoever writes a new one into the books is its owner, and the one before is fenced off.</summary>
internal static class LoadLease
{
    private const int RetryMs = 100;

    private const string Take =
        """
        WITH own AS (
            UPDATE lakebase_ops.load_table SET lease = $2 WHERE load_id = (
                SELECT load_id FROM lakebase_ops.load_table WHERE load_id = $1 FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING load_id)
        SELECT EXISTS (SELECT FROM own) OR NOT EXISTS (SELECT FROM lakebase_ops.load_table WHERE load_id = $1)
        """;

    /// <summary>Takes it, once nobody is just committing with the old one, nor holds a part of an input that passes by.</summary>
    /// <param name="ledger">The books.</param>
    /// <param name="loadId">The load.</param>
    /// <param name="claims">Ends sessions that hold something and are silent.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static async Task<Guid> TakeAsync(LoadLedger ledger, Guid loadId, ClaimWatch claims, CancellationToken cancellationToken)
    {
        Guid lease = Guid.NewGuid();
        while (!await AskAsync(Take, loadId, lease).ConfigureAwait(false)
            || !await AskAsync($"SELECT {ChunkBooks.IsFree}", loadId).ConfigureAwait(false))
        {
            await ledger.RunAsync(
                async (connection, token) =>
                {
                    await claims.LookAsync(connection, token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            await Task.Delay(RetryMs, cancellationToken).ConfigureAwait(false);
        }

        return lease;

        Task<bool> AskAsync(string question, params object[] values) => ledger.RunAsync(
            async (connection, token) =>
            {
                using NpgsqlCommand command = new(question, connection);
                foreach (object value in values)
                    command.Parameters.Add(new() { Value = value });
                return (bool)(await command.ExecuteScalarAsync(token).ConfigureAwait(false))!;
            },
            cancellationToken);
    }
}
