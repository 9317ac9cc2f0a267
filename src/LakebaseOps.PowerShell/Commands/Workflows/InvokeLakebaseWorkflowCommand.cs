using System.Collections;
using System.Management.Automation;
using LakebaseOps.Workflows;

namespace LakebaseOps.Commands;

/// <summary>Invoke-LakebaseWorkflow: runs the steps of a workflow file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "LakebaseWorkflow", SupportsShouldProcess = true)]
[OutputType(typeof(WorkflowStepResult))]
public sealed class InvokeLakebaseWorkflowCommand : SessionCommand
{
    /// <summary>The workflow file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Folder for run.json and whatever the steps write; "output" beside the workflow file when not given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>Values of the workflow's variables.</summary>
    [Parameter]
    public Hashtable? Variable { get; set; }

    /// <summary>Run every step again, also those that an earlier, failed run has done.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>Emit the results of the steps, too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        InvokeWorkflowOptions options = new()
        {
            Path = GetUnresolvedProviderPathFromPSPath(Path),
            OutputPath = OutputPath is null ? null : GetUnresolvedProviderPathFromPSPath(OutputPath),
            Variable = WorkflowVariableTable.Texts(Variable),
            Restart = Restart,
            PassThru = PassThru,
        };
        Run(new InvokeWorkflowOperation(Sessions, options) { Session = Session is null ? null : OpenSession() }, asks: true);
    });
}
