using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Export-LakebaseWorkload: a workload as a file.</summary>
[Cmdlet(VerbsData.Export, "LakebaseWorkload", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportLakebaseWorkloadCommand : LakebaseCommand
{
    /// <summary>File to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The workload.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public LakebaseWorkload? InputObject { get; set; }

    /// <summary>Replace a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => RunItem(
        new ExportWorkloadOperation(new ExportWorkloadOptions
        {
            Path = GetUnresolvedProviderPathFromPSPath(Path),
            InputObject = InputObject,
            Force = Force,
        }),
        asks: true);
}
