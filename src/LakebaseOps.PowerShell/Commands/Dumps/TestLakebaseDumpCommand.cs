using System.Management.Automation;
using LakebaseOps.Dumps.Exporting;

namespace LakebaseOps.Commands;

/// <summary>Test-LakebaseDump: every file of a dump against its manifest, without a server.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LakebaseDump", DefaultParameterSetName = "Path")]
[OutputType(typeof(DumpCheck))]
public sealed class TestLakebaseDumpCommand : DumpsCommand
{
    /// <summary>Files read at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    private protected override void Work(IReadOnlyList<string> folders) =>
        Run(new TestDumpOperation(new TestDumpOptions { Path = folders, ThrottleLimit = ThrottleLimit }));
}
