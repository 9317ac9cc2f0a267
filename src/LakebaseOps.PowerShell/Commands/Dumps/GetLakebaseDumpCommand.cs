using System.Management.Automation;
using LakebaseOps.Dumps.Exporting;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseDump: what dumps hold.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseDump", DefaultParameterSetName = "Path")]
[OutputType(typeof(DumpInfo))]
public sealed class GetLakebaseDumpCommand : DumpsCommand
{
    /// <summary>Only these tables and what belongs to them; wildcards allowed.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Table { get; set; }

    private protected override void Work(IReadOnlyList<string> folders) =>
        Run(new GetDumpOperation(new GetDumpOptions { Path = folders, Table = Table }));
}
