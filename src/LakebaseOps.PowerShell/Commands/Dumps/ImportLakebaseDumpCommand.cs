using System.Management.Automation;
using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Commands;

/// <summary>Import-LakebaseDump: restores from the folder of a dump.</summary>
[Cmdlet(VerbsData.Import, "LakebaseDump", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(RestoreResult))]
public sealed class ImportLakebaseDumpCommand : RestoreCommand
{
    /// <summary>Folder of the dump; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Folder of the dump, taken as written.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        foreach (string folder in Path is null ? DumpPaths.Literal(this, LiteralPath!) : DumpPaths.Resolve(this, Path))
            RunItem(new ImportDumpOperation(OpenSession(), Fill(new ImportDumpOptions { Path = folder })), asks: true);
    });
}
