using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Dumps.Folders;

/// <summary>Whether the folder of a dump holds what its manifest names, and whether the manifest agrees with itself.</summary>
internal static class DumpContents
{
    /// <summary>Files that are too many, and sums that are not those of their parts.</summary>
    /// <param name="folder">The dump.</param>
    /// <param name="named">The files that its manifest names.</param>
    /// <param name="entries">The files that are there.</param>
    public static IEnumerable<DumpProblem> Problems(DumpFolder folder, IEnumerable<string> named, IEnumerable<StoreEntry> entries)
    {
        HashSet<string> names = [.. named, ManifestText.FileName];
        foreach (StoreEntry file in entries)
        {
            // A journal can be left where the power went just after the manifest was written.
            if (!names.Contains(file.Name) && file.Name != FileJournal.FileName && !file.Name.StartsWith(VolumeJournal.Folder + "/", StringComparison.Ordinal))
                yield return new DumpProblem(file.Name, $"'{folder.Store.PathOf(file.Name)}' is no part of the dump.");
        }

        foreach (ManifestTable table in folder.Manifest.Tables)
        {
            UInt128 sum = UInt128.Zero;
            foreach (ManifestChunk chunk in table.Chunks)
                sum = unchecked(sum + RowMeter.Number(chunk.Hash));
            if (table.Chunks.Sum(chunk => chunk.Rows) != table.Rows || RowMeter.Text(sum) != table.Hash)
                yield return new DumpProblem(ManifestText.FileName, $"The chunks of {new TableName(table.Schema, table.Name)} do not add up to its rows and hash.");
        }
    }
}
