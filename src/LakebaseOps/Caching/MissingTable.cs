namespace LakebaseOps.Caching;

/// <summary>The error for a table that has no cache because it is not there.</summary>
internal static class MissingTable
{
    /// <summary>ObjectNotFound.</summary>
    public static LakebaseError Error(TableName table) =>
        new(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"There is no table {table}.")
        {
            Target = table.ToString(),
            Remedy = "Check the spelling, the schema and the database of the session; Get-LakebaseTable lists the tables.",
        };
}
