namespace LakebaseOps.Dumps.Folders;

/// <summary>What can be wrong with the folder of a dump.</summary>
internal static class DumpFault
{
    /// <summary>A file is not what the dump wrote.</summary>
    public static LakebaseException Damaged(string path, string how, Exception? cause = null) =>
        new LakebaseError(ErrorIds.DumpDamaged, LakebaseErrorKind.InvalidData, $"'{path}' is damaged: {how}.")
        {
            Target = path,
            Cause = cause,
            Remedy = "Run Test-LakebaseDump to see all damage; take the file from another copy of the dump, or dump again.",
        }.ToException();

    /// <summary>There is no dump at a path.</summary>
    public static LakebaseException NotFound(string path) =>
        new LakebaseError(ErrorIds.DumpNotFound, LakebaseErrorKind.NotFound, $"'{path}' is not the folder of a dump: it holds no {ManifestText.FileName}.")
        { Target = path, Remedy = "Give the folder that Export-LakebaseDump wrote." }.ToException();

    /// <summary>A dump was never completed.</summary>
    public static LakebaseException Incomplete(string path) =>
        new LakebaseError(ErrorIds.DumpIncomplete, LakebaseErrorKind.InvalidState, $"The dump in '{path}' was not completed.")
        { Target = path, Remedy = "Run Export-LakebaseDump with the same -Path again." }.ToException();
}
