namespace LakebaseOps.Loading.Sources;

/// <summary>Turns paths into files, and files into tables.</summary>
internal static class LoadFiles
{
    /// <summary>The files of the paths, each once, in the order of their full names.</summary>
    /// <exception cref="LakebaseException">FileNotFound.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        SortedSet<string> files = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string full = Path.GetFullPath(path);
            if (File.Exists(full))
            {
                files.Add(full);
                continue;
            }

            string? folder = Path.GetDirectoryName(full);
            string[] found = folder is not null && Directory.Exists(folder) && Path.GetFileName(full).AsSpan().IndexOfAny('*', '?') >= 0
                ? Directory.GetFiles(folder, Path.GetFileName(full))
                : [];
            if (found.Length == 0)
            {
                throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"There is no file '{path}'.")
                { Target = path, Remedy = "Check the path; wildcards must match at least one file." }.ToException();
            }

            files.UnionWith(found);
        }

        return [.. files];
    }

    /// <summary>The table that a file is for: its name without .gz and without one further extension.</summary>
    public static TableName TableOf(string file)
    {
        string name = Path.GetFileName(file);
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            name = name[..^3];
        string stem = Path.GetFileNameWithoutExtension(name);
        if (TableName.TryParse(stem, "public", out TableName? table, out string? reason))
            return table;
        throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument,
            $"The name of '{Path.GetFileName(file)}' is not that of a table: {reason}.")
        { Target = file, Remedy = "Say with -Table which table it is for." }.ToException();
    }
}
