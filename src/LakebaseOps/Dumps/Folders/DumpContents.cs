namespace LakebaseOps.Dumps.Folders;

/// <summary>Whether the folder of a dump holds what its manifest names, and whether the manifest agrees with itself.</summary>
internal static class DumpContents
{
    /// <summary>Files that are too many, and sums that are not those of their parts.</summary>
    /// <param name="folder">The dump.</param>
    /// <param name="named">The files that its manifest names.</param>
    public static IEnumerable<DumpProblem> Problems(DumpFolder folder, IEnumerable<string> named)
    {
        HashSet<string> names = [.. named, ManifestText.FileName];
        foreach (string file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder.Path, file).Replace(Path.DirectorySeparatorChar, '/');
            // A journal can be left where the power went just after the manifest was written.
            if (!names.Contains(name) && name != DumpJournal.FileName)
                yield return new DumpProblem(name, $"'{file}' is no part of the dump.");
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
