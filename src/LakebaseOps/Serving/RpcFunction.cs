using System.Globalization;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// A PL/pgSQL function of mode Rpc. Its name follows from the tables it reads, its comment carries a hash of their
/// shape; so a reader finds it without being told and knows when the tables have changed since.
/// </summary>
internal sealed class RpcFunction
{
    // Part of the shape's hash: functions made by another form of this class are stale.
    private const string Version = "2";
    private const string CommentPrefix = "LakebaseOps feature function; shape ";

    private readonly FeaturePlan _plan;
    private readonly FeatureRequest _request;
    private readonly UnionLayout _layout;

    private RpcFunction(FeaturePlan plan, FeatureRequest request)
    {
        _plan = plan;
        _request = request;
        _layout = UnionLayout.Of(request);
        Name = NameOf(request);
        Shape = FeatureShape.Of(Version, request.Tables, request.ParameterOf);
    }

    /// <summary>Its name within its schema.</summary>
    public string Name { get; }

    /// <summary>Hash of the tables' shape.</summary>
    public string Shape { get; }

    /// <summary>Columns of the row it returns.</summary>
    public int Columns => _layout.Types.Count + 1;

    /// <summary>The tables it reads.</summary>
    public FeatureRequest Request => _request;

    /// <summary>The functions that requests call: one for each of their groups.</summary>
    public static IReadOnlyList<RpcFunction> All(FeaturePlan plan, IEnumerable<FeatureRequest> requests) =>
    [
        .. requests.SelectMany(request => request.Groups()).Select(group => new RpcFunction(plan, group))
            .DistinctBy(function => function.Name),
    ];

    /// <summary>The name of the function that reads a group of tables.</summary>
    public static string NameOf(FeatureRequest group) => FeatureShape.NameOf("features_", group.Tables, group.ParameterOf);

    /// <summary>The function as the server has it, in whatever schema; null when there is none.</summary>
    public async Task<InstalledRpc?> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            """
            SELECT n.nspname, coalesce(obj_description(p.oid, 'pg_proc'), ''), pg_get_function_identity_arguments(p.oid)
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.proname = $1 AND starts_with(coalesce(obj_description(p.oid, 'pg_proc'), ''), $2)
            ORDER BY obj_description(p.oid, 'pg_proc') <> $2 || $3, n.nspname <> 'lakebase_ops', n.nspname
            LIMIT 1
            """,
            connection)
        { Parameters = { new() { Value = Name }, new() { Value = CommentPrefix }, new() { Value = Shape } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
                    ? new InstalledRpc(new TableName(reader.GetString(0), Name),
                        reader.GetString(1)[CommentPrefix.Length..], reader.GetString(2))
                    : null;
            }
        }
    }

    /// <summary>The function to call, as SQL.</summary>
    /// <exception cref="LakebaseException">RpcNotInstalled, RpcStale.</exception>
    public async Task<string> RequireAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Remedy = "Run Install-LakebaseRpcFunction with the same tables.";
        InstalledRpc? installed = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        if (installed is null)
        {
            throw new LakebaseError(ErrorIds.RpcNotInstalled, LakebaseErrorKind.NotFound,
                $"Mode Rpc needs a function that reads these {_request.Tables.Count} tables, and database '{connection.Database}' has none.")
            { Target = Name, Remedy = Remedy }.ToException();
        }

        if (installed.Shape != Shape)
        {
            throw new LakebaseError(ErrorIds.RpcStale, LakebaseErrorKind.InvalidState,
                $"The tables of the function {installed.Function} have changed since it was made.")
            { Target = installed.Function.ToString(), Remedy = Remedy }.ToException();
        }

        return installed.Function.ToSql();
    }

    /// <summary>The statements that make the function in a schema.</summary>
    public IReadOnlyList<string> CreateSql(string schema)
    {
        string function = new TableName(schema, Name).ToSql();
        string arguments = string.Join(", ", _request.Entities.Select(entity => Keys.SqlType(_plan.Entities[entity].Keys)));
        string columns = string.Concat(_layout.Types.Select((type, index) =>
            string.Create(CultureInfo.InvariantCulture, $", c{index + 1} {type}")));
        string body = _layout.Sql("\n  UNION ALL ");
        string quote = "$features$";
        for (int attempt = 1; body.Contains(quote, StringComparison.Ordinal); attempt++)
            quote = string.Create(CultureInfo.InvariantCulture, $"$features{attempt}$");
        return
        [
            $"""
            CREATE FUNCTION {function}({arguments}) RETURNS TABLE (ordinal integer{columns})
            LANGUAGE plpgsql STABLE SECURITY INVOKER ROWS {_request.Tables.Count} SET search_path = pg_catalog, pg_temp AS {quote}
            BEGIN
              RETURN QUERY {body};
            END
            {quote}
            """,
            $"COMMENT ON FUNCTION {function}({arguments}) IS '{CommentPrefix}{Shape}'",
        ];
    }
}

/// <summary>A function found on the server.</summary>
/// <param name="Function">Schema and name.</param>
/// <param name="Shape">Hash of the shape it was made for.</param>
/// <param name="Arguments">Its arguments, as DROP FUNCTION wants them.</param>
internal sealed record InstalledRpc(TableName Function, string Shape, string Arguments)
{
    /// <summary>The statement that removes it.</summary>
    public string DropSql => $"DROP FUNCTION {Function.ToSql()}({Arguments})";
}
