using System.Management.Automation;
using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Commands;

/// <summary>Turns -Path and -LiteralPath into folders of the file system; those of volumes are taken as they are written.</summary>
internal static class DumpPaths
{
    /// <summary>The folders that paths with wildcards match; each path must match one.</summary>
    public static IEnumerable<string> Resolve(PSCmdlet cmdlet, IEnumerable<string> paths) =>
        paths.SelectMany(path => VolumePath.Is(path) ? [path] : PathSet.Resolve(cmdlet, [path]));

    /// <summary>Paths taken as they are written.</summary>
    public static IEnumerable<string> Literal(PSCmdlet cmdlet, IEnumerable<string> paths) =>
        paths.SelectMany(path => VolumePath.Is(path) ? [path] : PathSet.Literal(cmdlet, [path]));
}
