using System.Management.Automation;
using LakebaseOps.Reports;

namespace LakebaseOps.Commands;

/// <summary>What a pipeline gives for a run: a run, results of commands, or files of runs, which are read.</summary>
internal static class RunInput
{
    /// <summary>The path of a file or folder that an object names; null for an object that is itself a result.</summary>
    public static string? PathOf(PSCmdlet cmdlet, object item) => item switch
    {
        FileSystemInfo info => info.FullName,
        string text => cmdlet.GetUnresolvedProviderPathFromPSPath(text),
        ReportFile report => report.Path,
        _ => null,
    };

    /// <summary>The one run of the results, made of them where they hold none.</summary>
    public static RunRecord Assemble(IEnumerable<object> results) =>
        RunAssembly.From(results, typeof(RunInput).Assembly.GetName().Version!.ToString(3));
}
