using LakebaseOps.Schemas;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Latency.Estimates;

/// <summary>Calls and time of some statements, as pg_stat_statements counts them.</summary>
/// <param name="Calls">Executions.</param>
/// <param name="Us">Microseconds of planning and executing.</param>
internal readonly record struct StatementTotals(long Calls, double Us)
{
    public static StatementTotals operator +(StatementTotals left, StatementTotals right) => new(left.Calls + right.Calls, left.Us + right.Us);

    public static StatementTotals operator -(StatementTotals left, StatementTotals right) => new(left.Calls - right.Calls, left.Us - right.Us);
}

/// <summary>Reads pg_stat_statements where it is; nothing is ever reset, differences count.</summary>
internal sealed class StatementStatistics
{
    private const string Extension = "pg_stat_statements";

    private readonly NpgsqlConnection _connection;
    private readonly string? _query;

    private StatementStatistics(NpgsqlConnection connection, string? query, string? missing)
    {
        _connection = connection;
        _query = query;
        Missing = missing;
    }

    /// <summary>Why it cannot be read; null when it can.</summary>
    public string? Missing { get; }

    /// <summary>Finds the extension and tries whether it answers.</summary>
    public static async Task<StatementStatistics> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand find = new(
            $"SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = '{Extension}'", connection);
        string? schema;
        await using (find.ConfigureAwait(false))
            schema = (string?)await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        if (schema is null)
            return new StatementStatistics(connection, null, $"the extension {Extension} is not installed in this database (CREATE EXTENSION {Extension})");
        // Without the texts, which lie in a file.
        StatementStatistics found = new(
            connection,
            $"""
            SELECT coalesce(sum(calls), 0)::int8, coalesce(sum(total_plan_time + total_exec_time), 0) * 1000
            FROM {TableName.Quote(schema)}.{Extension}(false)
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND userid = current_user::regrole AND queryid = ANY ($1)
            """, null);
        try
        {
            await found.ReadAsync([], cancellationToken).ConfigureAwait(false);
            return found;
        }
        catch (PostgresException refused)
        {
            return new StatementStatistics(connection, null, $"{Extension} does not answer: {refused.MessageText} ({refused.SqlState})");
        }
    }

    /// <summary>Calls and time of statements so far.</summary>
    /// <param name="identifiers">Their numbers.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<StatementTotals> ReadAsync(long[] identifiers, CancellationToken cancellationToken)
    {
        if (_query is null)
            return default;
        NpgsqlCommand command = new(_query, _connection)
        { Parameters = { new() { Value = identifiers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new StatementTotals(reader.GetInt64(0), reader.GetDouble(1));
            }
        }
    }
}
