using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>A plan with the scripts of the modes that are to be used: one for each kind of request.</summary>
internal sealed record FeatureStatements(
    FeaturePlan Plan, IReadOnlyList<FeatureRequest> Requests, IReadOnlyDictionary<FeatureMode, IReadOnlyList<FeatureScript>> ByMode, FeatureSources Sources)
{
    /// <summary>Every table that a mode reads.</summary>
    public IEnumerable<TableName> Relations =>
        Plan.Tables.Select(table => table.Name).Concat(Sources.WideTables.Select(wide => wide.Location));

    /// <summary>Connections that one request needs at most.</summary>
    public int Connections { get; } = ByMode.Values.SelectMany(scripts => scripts)
        .Max(static script => (int?)script.Connections) ?? 1;

    /// <summary>
    /// Reads the plan from the catalog and writes the statements; for modes Rpc and Wide the function and the wide
    /// tables must be there.
    /// </summary>
    /// <exception cref="LakebaseException">As <see cref="FeaturePlan.ReadAsync"/>; RpcNotInstalled, RpcStale,
    /// WideNotInstalled, WideStale.</exception>
    public static async Task<FeatureStatements> ReadAsync(
        NpgsqlConnection connection, FeatureReadOptions options, IEnumerable<FeatureMode> modes,
        CancellationToken cancellationToken)
    {
        FeaturePlan plan = await FeaturePlan.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false);
        // Who names the keys wants all there is for them; the mix is for those who draw keys.
        IReadOnlyList<FeatureRequest> requests = options is GetFeatureOptions ? [plan.Whole] : plan.Requests;
        FeatureMode[] wanted = [.. modes.Distinct()];
        Dictionary<string, string> functions = [];
        List<WideTable> wideTables = [];
        if (wanted.Contains(FeatureMode.Rpc))
        {
            foreach (RpcFunction function in RpcFunction.All(plan, requests))
                functions.Add(function.Name, await function.RequireAsync(connection, cancellationToken).ConfigureAwait(false));
        }

        if (wanted.Contains(FeatureMode.Wide))
        {
            for (int entity = 0; entity < plan.Entities.Count; entity++)
            {
                WideTable wide = WideTable.Of(plan, entity);
                await wide.RequireAsync(connection, cancellationToken).ConfigureAwait(false);
                wideTables.Add(wide);
            }
        }

        FeatureSources sources = new(functions, wideTables);
        return new FeatureStatements(plan, requests, wanted.ToDictionary(
            mode => mode,
            mode => (IReadOnlyList<FeatureScript>)
                [.. requests.Select(request => FeatureScript.For(mode, request, options, sources))]), sources);
    }
}
