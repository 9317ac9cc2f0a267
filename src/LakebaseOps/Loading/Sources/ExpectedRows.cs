using System.Globalization;
using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Loading.Sources;

/// <summary>Compares what was loaded of each input with what a manifest says it holds.</summary>
internal static class ExpectedRows
{
    /// <summary>Checks the inputs of a load that is complete.</summary>
    /// <exception cref="LakebaseException">LoadNotVerified.</exception>
    public static void Check(LoadPlan plan, IReadOnlyList<LoadedChunk> chunks)
    {
        foreach ((int input, string name, long expected) in plan.Source.ExpectedRows)
        {
            long rows = chunks.Where(chunk => chunk.Range.Input == input).Sum(chunk => chunk.Rows + chunk.Rejected);
            if (rows == expected)
                continue;
            throw new LakebaseError(ErrorIds.LoadNotVerified, LakebaseErrorKind.Verification,
                string.Create(CultureInfo.InvariantCulture, $"{name} holds {rows:N0} rows, and the manifest says {expected:N0}; ")
                + (plan.Target == plan.Table ? $"they are in {plan.Table}." : "nothing was swapped."))
            {
                Target = plan.Table.ToString(),
                Remedy = "Fetch the file again or correct the manifest, then load with -Restart.",
            }.ToException();
        }
    }
}
