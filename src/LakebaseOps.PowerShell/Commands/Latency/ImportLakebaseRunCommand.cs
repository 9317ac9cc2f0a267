using System.Management.Automation;
using LakebaseOps.Latency.Runs;

namespace LakebaseOps.Commands;

/// <summary>Import-LakebaseRun: a run's record as an object.</summary>
[Cmdlet(VerbsData.Import, "LakebaseRun", DefaultParameterSetName = "Path")]
[OutputType(typeof(RunRecord))]
public sealed class ImportLakebaseRunCommand : LakebaseCommand
{
    /// <summary>Folders, run.json files or reports; wildcards match several.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The same, taken as written.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        string[] paths = Guard(() => (string[])[.. ParameterSetName == "Path" ? PathSet.Resolve(this, Path) : PathSet.Literal(this, LiteralPath)]);
        foreach (string path in paths)
            RunItem(new ImportRunOperation(new ImportRunOptions { Path = [path] }));
    }
}
