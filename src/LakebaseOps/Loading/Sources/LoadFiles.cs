using System.IO.Enumeration;

namespace LakebaseOps.Loading.Sources;

/// <summary>Turns paths into files, and files into tables.</summary>
internal static class LoadFiles
{
    /// <summary>
    /// The files of the paths, each once, in the order of their full names. The wildcards * and ? may stand in folders too;
    /// ** stands for any number of folders.
    /// </summary>
    /// <exception cref="LakebaseException">FileNotFound.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        SortedSet<string> files = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string full = Path.GetFullPath(path);
            IReadOnlyCollection<string> found = File.Exists(full) ? [full] : full.AsSpan().IndexOfAny('*', '?') >= 0 ? Matches(full) : [];
            if (found.Count == 0)
            {
                throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"There is no file '{path}'.")
                { Target = path, Remedy = "Check the path; wildcards must match at least one file." }.ToException();
            }

            files.UnionWith(found);
        }

        return [.. files];
    }

    /// <summary>Files by table: the given one, or the one their name says.</summary>
    public static IReadOnlyList<TableFiles> ByTable(IReadOnlyList<string> paths, string? table)
    {
        if (paths.Contains(LoadFile.StandardInput))
        {
            if (paths.Count > 1 || table is null)
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                    paths.Count > 1 ? "Standard input and files are not loaded together." : "What comes from standard input has no name to tell its table.")
                { Remedy = paths.Count > 1 ? "Load them one after the other, the second with -Mode Append." : "Give -Table." }.ToException();
            }

            return [new TableFiles(TableName.Parse(table), [new LoadFile(LoadFile.StandardInput)])];
        }

        return
        [
            .. Expand(paths).GroupBy(file => table is null ? TableOf(file) : TableName.Parse(table))
                .Select(group => new TableFiles(group.Key, [.. group.Select(path => new LoadFile(path))])),
        ];
    }

    /// <summary>The table that a file is for: its name without .gz, .zst or .br and without one further extension.</summary>
    public static TableName TableOf(string file)
    {
        string name = Path.GetFileName(file);
        if (Path.GetExtension(name).ToLowerInvariant() is ".gz" or ".zst" or ".br")
            name = Path.GetFileNameWithoutExtension(name);
        string stem = Path.GetFileNameWithoutExtension(name);
        if (TableName.TryParse(stem, "public", out TableName? table, out string? reason))
            return table;
        throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument,
            $"The name of '{Path.GetFileName(file)}' is not that of a table: {reason}.")
        { Target = file, Remedy = "Say with -Table which table it is for." }.ToException();
    }

    private static SortedSet<string> Matches(string full)
    {
        string root = Path.GetPathRoot(full)!;
        string[] parts = full[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        SortedSet<string> files = new(StringComparer.Ordinal);
        Walk(root, parts, files);
        return files;
    }

    private static void Walk(string folder, ReadOnlySpan<string> parts, SortedSet<string> files)
    {
        if (!Directory.Exists(folder))
            return;
        string part = parts[0];
        ReadOnlySpan<string> rest = parts[1..];
        if (part == "**")
        {
            // Links are not followed: they may lead in a circle.
            string[] below = Directory.GetDirectories(folder, "*", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.ReparsePoint,
                IgnoreInaccessible = false,
            });
            foreach (string each in (string[])[folder, .. below])
                Walk(each, rest.IsEmpty ? ["*"] : rest, files);
        }
        else if (part.AsSpan().IndexOfAny('*', '?') < 0)
        {
            string next = Path.Combine(folder, part);
            if (!rest.IsEmpty)
                Walk(next, rest, files);
            else if (File.Exists(next))
                files.Add(next);
        }
        else
        {
            foreach (string each in rest.IsEmpty ? Directory.EnumerateFiles(folder) : Directory.EnumerateDirectories(folder))
            {
                if (!FileSystemName.MatchesSimpleExpression(part, Path.GetFileName(each), ignoreCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()))
                    continue;
                if (rest.IsEmpty)
                    files.Add(each);
                else
                    Walk(each, rest, files);
            }
        }
    }
}
