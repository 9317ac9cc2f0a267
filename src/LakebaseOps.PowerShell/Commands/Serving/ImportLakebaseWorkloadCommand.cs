using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Import-LakebaseWorkload: workloads from files.</summary>
[Cmdlet(VerbsData.Import, "LakebaseWorkload", DefaultParameterSetName = "Path")]
[OutputType(typeof(LakebaseWorkload))]
public sealed class ImportLakebaseWorkloadCommand : LakebaseCommand
{
    /// <summary>Files to read; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files to read, taken as they are written.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        foreach (string file in ParameterSetName == "Path" ? PathSet.Resolve(this, Path) : PathSet.Literal(this, LiteralPath))
            RunItem(new ImportWorkloadOperation(new ImportWorkloadOptions { Path = [file] }));
    });
}
