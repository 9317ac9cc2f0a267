namespace LakebaseOps.Tests.Workflows;

public sealed class InvokeWorkflowOperationTests
{
    // Checking a workflow file is the one command that needs neither server nor options: a handy step.
    private const string TwoSteps = """
        {
          "name": "pair",
          "variables": {"second": "workflow.json"},
          "steps": [
            {"name": "first", "command": "Test-LakebaseWorkflow", "parameters": {"Path": "workflow.json"}},
            {"name": "second", "command": "Test-LakebaseWorkflow", "parameters": {"Path": "${second}"}},
            {"name": "third", "command": "Test-LakebaseWorkflow", "parameters": {"Path": "workflow.json"}}
          ]
        }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_run_in_order_and_the_run_is_recorded()
    {
        using WorkflowFolder folder = new(TwoSteps);
        RecordingSink sink = await RecordingSink.RunAsync(folder.Operation(), Cancel);
        Assert.Equal(["first", "second", "third"], sink.Of<WorkflowStepResult>().Select(step => step.Name));
        RunRecord run = await folder.RunRecordAsync();
        Assert.Equal("Passed", run.Status);
        Assert.Equal("pair", run.Name);
        Assert.All(run.Steps, step => Assert.Equal("Passed", step.Status));
        Assert.Equal(3, run.Steps[0].Results[nameof(WorkflowCheck)]);
    }

    [Fact]
    public async Task A_failed_step_stops_the_run_and_the_next_run_goes_on_there()
    {
        using WorkflowFolder folder = new(TwoSteps);
        LakebaseException failed = await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(folder.Operation(null, false, ("second", "missing.json")), Cancel));
        Assert.Equal(ErrorIds.WorkflowStepFailed, failed.Error.Id);
        Assert.Equal("second", failed.Error.Target);
        RunRecord first = await folder.RunRecordAsync();
        Assert.Equal(["Passed", "Failed", "NotRun"], first.Steps.Select(step => step.Status));
        Assert.Equal("Failed", first.Status);

        File.Copy(folder.File, Path.Combine(folder.Path, "missing.json"));
        await RecordingSink.RunAsync(folder.Operation(null, false, ("second", "missing.json")), Cancel);
        RunRecord second = await folder.RunRecordAsync();
        Assert.Equal(["AlreadyDone", "Passed", "Passed"], second.Steps.Select(step => step.Status));
        Assert.Equal(first.Id, second.Id);

        await RecordingSink.RunAsync(folder.Operation(), Cancel);
        Assert.All((await folder.RunRecordAsync()).Steps, step => Assert.Equal("Passed", step.Status));
    }

    [Fact]
    public async Task A_step_with_other_parameters_is_not_taken_for_done()
    {
        using WorkflowFolder folder = new(TwoSteps);
        await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(folder.Operation(null, false, ("second", "missing.json")), Cancel));
        folder.Write(TwoSteps.Replace(
            """ "first", "command": "Test-LakebaseWorkflow", "parameters": {"Path": "workflow.json"}""",
            """ "first", "command": "Test-LakebaseWorkflow", "parameters": {"Path": "./workflow.json"}""", StringComparison.Ordinal));
        await RecordingSink.RunAsync(folder.Operation(), Cancel);
        Assert.All((await folder.RunRecordAsync()).Steps, step => Assert.Equal("Passed", step.Status));
    }

    [Fact]
    public async Task An_unwritable_output_folder_is_an_error_before_any_step_runs()
    {
        using WorkflowFolder folder = new(TwoSteps);
        await File.WriteAllTextAsync(folder.Output, "a file where the folder should be", Cancel);
        RecordingSink sink = new();
        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(() => folder.Operation().RunAsync(sink, Cancel));
        Assert.Equal(ErrorIds.PathNotWritable, thrown.Error.Id);
        Assert.Empty(sink.Results);
    }

    [Fact]
    public async Task Results_of_steps_come_out_with_pass_thru()
    {
        using WorkflowFolder folder = new(TwoSteps);
        RecordingSink sink = await RecordingSink.RunAsync(folder.Operation(passThru: true), Cancel);
        Assert.Equal(9, sink.Of<WorkflowCheck>().Count);
    }
}
