using LakebaseOps.Synthesis;

namespace LakebaseOps.Serving;

/// <summary>Turns a known workload into the tables and entities it stands for.</summary>
internal static class FeatureTables
{
    /// <summary>The options with the workload's tables and entities filled in where none were given.</summary>
    public static FeatureOptions Resolve(FeatureOptions options) => options.Workload switch
    {
        FeatureWorkload.Fraud => options with
        {
            Table = options.Table.Count > 0 ? options.Table : [.. FraudWorkload.Tables.Select(table => table.Name)],
            Entity = options.Entity.Count > 0 ? options.Entity : FraudWorkload.Entities,
        },
        _ => options,
    };
}
