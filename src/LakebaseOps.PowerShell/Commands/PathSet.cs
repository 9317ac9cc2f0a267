using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Turns -Path and -LiteralPath into files of the file system.</summary>
internal static class PathSet
{
    /// <summary>The files that paths with wildcards match; each path must match one.</summary>
    public static IEnumerable<string> Resolve(PSCmdlet cmdlet, IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            IReadOnlyList<string> files;
            try
            {
                files = [.. cmdlet.GetResolvedProviderPathFromPSPath(path, out ProviderInfo _)];
            }
            catch (ItemNotFoundException)
            {
                files = [];
            }

            if (files.Count == 0)
            {
                throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"No file matches '{path}'.")
                { Target = path, Remedy = "Check the path; wildcards must match at least one file." }.ToException();
            }

            foreach (string file in files)
                yield return file;
        }
    }

    /// <summary>Paths taken as they are written.</summary>
    public static IEnumerable<string> Literal(PSCmdlet cmdlet, IEnumerable<string> paths) =>
        paths.Select(path => cmdlet.GetUnresolvedProviderPathFromPSPath(path));
}
