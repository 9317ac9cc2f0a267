using System.Globalization;
using System.Text.Json;
using LakebaseOps.Schemas;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency.Estimates;

/// <summary>
/// The statements that requests send, prepared once more, with the same kind of plan, on a connection that no request goes over: what
/// EXPLAIN says about them there costs no request anything.
/// </summary>
internal sealed class ExplainedStatements
{
    private readonly NpgsqlConnection _connection;
    private readonly FeatureStatements _statements;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private ExplainedStatements(NpgsqlConnection connection, FeatureStatements statements)
    {
        _connection = connection;
        _statements = statements;
    }

    /// <summary>Prepares every statement of every mode.</summary>
    public static async Task<ExplainedStatements> PrepareAsync(
        NpgsqlConnection connection, FeatureStatements statements, CancellationToken cancellationToken)
    {
        ExplainedStatements prepared = new(connection, statements);
        await prepared.ExecuteAsync("SET plan_cache_mode = force_generic_plan", cancellationToken).ConfigureAwait(false);
        foreach (FeatureStatement statement in statements.ByMode.Values.SelectMany(scripts => scripts).SelectMany(Queries))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"lakebase_{prepared._names.Count}");
            if (!prepared._names.TryAdd(statement.Sql, name))
                continue;
            string types = string.Join(", ", statement.Entities.Select(entity => Keys.SqlType(statements.Plan.Entities[entity].Keys)));
            await prepared.ExecuteAsync($"PREPARE {name} ({types}) AS {statement.Sql}", cancellationToken).ConfigureAwait(false);
        }

        return prepared;
    }

    /// <summary>The numbers by which the server's statistics know a mode's statements; none when it does not number them.</summary>
    public async Task<long[]> IdentifiersAsync(FeatureMode mode, object[] keys, CancellationToken cancellationToken)
    {
        HashSet<long> all = [];
        foreach (FeatureStatement statement in _statements.ByMode[mode].SelectMany(Queries))
        {
            using JsonDocument plan = await ExplainAsync("VERBOSE", statement, keys, cancellationToken).ConfigureAwait(false);
            if (plan.RootElement[0].TryGetProperty("Query Identifier", out JsonElement number))
                all.Add(number.GetInt64());
        }

        return [.. all];
    }

    /// <summary>What the executor spends on a request, in microseconds, and the blocks it touches.</summary>
    public async Task<(double Us, long Hit, long Read)> ExecuteAsync(FeatureMode mode, int kind, object[] keys, CancellationToken cancellationToken)
    {
        (double us, long hit, long read) = (0, 0, 0);
        foreach (FeatureStatement statement in Queries(_statements.ByMode[mode][kind]))
        {
            using JsonDocument plan = await ExplainAsync("ANALYZE, BUFFERS, TIMING OFF", statement, keys, cancellationToken).ConfigureAwait(false);
            JsonElement root = plan.RootElement[0];
            us += root.GetProperty("Execution Time").GetDouble() * 1_000;
            hit += root.GetProperty("Plan").GetProperty("Shared Hit Blocks").GetInt64();
            read += root.GetProperty("Plan").GetProperty("Shared Read Blocks").GetInt64();
        }

        return (us, hit, read);
    }

    private static IEnumerable<FeatureStatement> Queries(FeatureScript script) =>
        script.Batches.SelectMany(batch => batch).Where(statement => statement.Tables.Length > 0);

    private async Task<JsonDocument> ExplainAsync(string how, FeatureStatement statement, object[] keys, CancellationToken cancellationToken)
    {
        // EXECUTE takes no parameters of its own.
        string arguments = string.Join(", ", statement.Entities.Select(entity => TableBuilder.Literal(Keys.Format(keys[entity]))));
        NpgsqlCommand command = new($"EXPLAIN ({how}, FORMAT JSON) EXECUTE {_names[statement.Sql]}({arguments})", _connection);
        await using (command.ConfigureAwait(false))
            return JsonDocument.Parse((string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, _connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
