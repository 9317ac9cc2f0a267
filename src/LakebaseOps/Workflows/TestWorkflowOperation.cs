using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>Test-LakebaseWorkflow: every step's command, parameters, values, session and variables, without running any.</summary>
[Command("Test-LakebaseWorkflow")]
public sealed class TestWorkflowOperation(TestWorkflowOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(options.Path, "Check the workflow"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        (WorkflowDefinition? workflow, IReadOnlyList<WorkflowProblem> problems) =
            WorkflowLoader.Load(options.Path, outputPath: null, options.Variable);
        IEnumerable<WorkflowCheck> checks = workflow is null
            ? problems.Select(problem => new WorkflowCheck
            {
                Path = options.Path,
                Step = problem.Step,
                Command = problem.Command,
                Status = CheckStatus.Failed,
                Detail = problem.Message,
                Remedy = problem.Remedy,
            })
            : workflow.Steps.Select(step => new WorkflowCheck
            {
                Path = options.Path,
                Step = step.Name,
                Command = step.Command.Name,
                Status = CheckStatus.Passed,
                Detail = step.Text,
            });
        foreach (WorkflowCheck check in checks)
            await sink.EmitAsync(check, cancellationToken).ConfigureAwait(false);
    }
}
