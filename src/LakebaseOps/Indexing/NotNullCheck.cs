using LakebaseOps.Operations;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing;

/// <summary>
/// The check constraint by which a build on a table in use proves the columns of a primary key free of NULL. It goes as the key comes; a build
/// that was killed in between leaves it.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="index">Name of the primary key's index.</param>
internal sealed class NotNullCheck(TableName table, string index)
{
    private readonly string _name = IndexName.For(new TableName("", "lakebase"), [index], "notnull");

    private string Sql => TableName.Quote(_name);

    /// <summary>Adds it, not yet validated, in place of one that was left.</summary>
    public string Add(IEnumerable<string> keys) =>
        $"ALTER TABLE {table.ToSql()} DROP CONSTRAINT IF EXISTS {Sql}, "
        + $"ADD CONSTRAINT {Sql} CHECK ({string.Join(" AND ", keys.Select(key => $"{key} IS NOT NULL"))}) NOT VALID";

    /// <summary>Validates it, under a lock that lets others write.</summary>
    public string Validate => $"ALTER TABLE {table.ToSql()} VALIDATE CONSTRAINT {Sql}";

    /// <summary>Drops it.</summary>
    public string Drop => $"ALTER TABLE {table.ToSql()} DROP CONSTRAINT IF EXISTS {Sql}";

    /// <summary>Drops what a killed build left of it, if anything; nobody is kept waiting for that, so a table in use may keep it until the next run.</summary>
    public async Task RemoveAsync(NpgsqlConnection connection, uint oid, IOperationSink sink, CancellationToken cancellationToken)
    {
        using NpgsqlCommand find = new(
            "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = @table AND contype = 'c' AND conname = @name)", connection);
        find.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        find.Parameters.AddWithValue("name", _name);
        if (!(bool)(await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
            return;
        try
        {
            await BriefLock.RunAsync(connection, table, Drop, sink, cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{table}: dropped {_name}, a check of an earlier run that did not end");
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.InsufficientPrivilege)
        {
            sink.Warn($"The check {Sql} on {table}, which an earlier build left, could not be dropped now ({exception.MessageText}); the next Build-LakebaseIndex does so.");
        }
    }
}
