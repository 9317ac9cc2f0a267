using System.Collections;
using System.Management.Automation;
using LakebaseOps.Workflows;

namespace LakebaseOps.Commands;

/// <summary>Test-LakebaseWorkflow: checks a workflow file without running it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LakebaseWorkflow")]
[OutputType(typeof(WorkflowCheck))]
public sealed class TestLakebaseWorkflowCommand : LakebaseCommand
{
    /// <summary>The workflow file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Values of the workflow's variables.</summary>
    [Parameter]
    public Hashtable? Variable { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() => Run(new TestWorkflowOperation(new TestWorkflowOptions
    {
        Path = GetUnresolvedProviderPathFromPSPath(Path),
        Variable = WorkflowVariableTable.Texts(Variable),
    })));
}
