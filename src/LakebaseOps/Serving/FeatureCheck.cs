namespace LakebaseOps.Serving;

/// <summary>
/// Proves that a response holds what was asked for: at most one row per table, each with the key of its entity.
/// </summary>
internal static class FeatureCheck
{
    /// <summary>What is wrong with a response, or null. Allocates only when something is.</summary>
    public static LakebaseError? Fault(FeaturePlan plan, object[] keys, FeatureResponse response)
    {
        if (response.StrayRows > 0)
        {
            return new LakebaseError(ErrorIds.WrongFeatures, LakebaseErrorKind.Verification,
                $"{response.StrayRows} rows came back that belong to none of the tables asked for.");
        }

        for (int index = 0; index < plan.Tables.Count; index++)
        {
            int rows = response.Rows(index);
            if (rows == 0)
                continue;
            FeatureTable table = plan.Tables[index];
            object key = keys[table.Entity];
            if (rows > 1)
            {
                return new LakebaseError(ErrorIds.KeyNotUnique, LakebaseErrorKind.InvalidData,
                    $"{rows} rows of {table.Name} carry the key '{Keys.Format(key)}' in column '{table.Key.Name}'.")
                { Target = table.Name.ToString(),
                    Remedy = "Name a unique column with -KeyColumn, or remove the duplicates." };
            }

            if (!response.Echoes(index, key))
            {
                return new LakebaseError(ErrorIds.WrongFeatures, LakebaseErrorKind.Verification,
                    $"Asked for key '{Keys.Format(key)}', {table.Name} answered with the row of '{response.Value(index, 0)}'.")
                { Target = table.Name.ToString() };
            }
        }

        return null;
    }

    /// <summary>Throws what <see cref="Fault"/> finds.</summary>
    /// <exception cref="LakebaseException">WrongFeatures, KeyNotUnique.</exception>
    public static void Demand(FeaturePlan plan, object[] keys, FeatureResponse response)
    {
        if (Fault(plan, keys, response) is { } fault)
            throw fault.ToException();
    }
}
