using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>Keeps two sessions from building the same index; held by a connection, gone with it.</summary>
/// <param name="Table">The table.</param>
/// <param name="Index">Name of the index.</param>
internal sealed record BuildLock(TableName Table, string Index)
{
    /// <summary>Takes it, or returns false at once: waiting would hold a snapshot that concurrent builds wait for.</summary>
    public async Task<bool> TryTakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = Command("pg_try_advisory_lock", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Gives it back, unless the connection is gone and the lock with it.</summary>
    public async Task ReleaseAsync(NpgsqlConnection connection)
    {
        if (connection.FullState != System.Data.ConnectionState.Open)
            return;
        using NpgsqlCommand command = Command("pg_advisory_unlock", connection);
        await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string function, NpgsqlConnection connection)
    {
        NpgsqlCommand command = new($"SELECT {function}(hashtextextended(@name, 0))", connection);
        command.Parameters.AddWithValue("name", $"lakebase_ops.index_build/{Table.ToSql()}/{Index}");
        return command;
    }
}
