using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>A plan with the statements of the modes that are to be used.</summary>
internal sealed record FeatureStatements(
    FeaturePlan Plan, IReadOnlyDictionary<FeatureMode, IReadOnlyList<IReadOnlyList<FeatureStatement>>> ByMode)
{
    /// <summary>
    /// Reads the plan from the catalog and writes the statements; for mode Rpc its function must be there.
    /// </summary>
    /// <exception cref="LakebaseException">As <see cref="FeaturePlan.ReadAsync"/>; RpcNotInstalled,
    /// RpcStale.</exception>
    public static async Task<FeatureStatements> ReadAsync(
        NpgsqlConnection connection, FeatureOptions options, IEnumerable<FeatureMode> modes,
            CancellationToken cancellationToken)
    {
        FeaturePlan plan = await FeaturePlan.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false);
        Dictionary<FeatureMode, IReadOnlyList<IReadOnlyList<FeatureStatement>>> byMode = [];
        foreach (FeatureMode mode in modes.Distinct())
        {
            string? function = mode == FeatureMode.Rpc
                ? await RpcFunction.Of(plan).RequireAsync(connection, cancellationToken).ConfigureAwait(false)
                : null;
            byMode.Add(mode, FeatureStatement.For(mode, plan, function));
        }

        return new FeatureStatements(plan, byMode);
    }
}
