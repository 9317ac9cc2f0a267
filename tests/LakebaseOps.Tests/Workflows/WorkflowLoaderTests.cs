using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Workflows;

public sealed class WorkflowLoaderTests
{
    [Theory]
    [InlineData("""{"steps":[{"name":"a","command":"Tset-LakebaseWorkflow"}]}""", "no command 'Tset-LakebaseWorkflow'", "Did you mean 'Test-LakebaseWorkflow'?")]
    [InlineData("""{"steps":[{"name":"a","command":"Test-LakebaseWorkflow","parameters":{"Pth":"x"}}]}""", "no parameter 'Pth'", "Did you mean 'Path'?")]
    [InlineData("""{"steps":[{"name":"a","command":"Test-LakebaseWorkflow"}]}""", "needs the parameter 'Path'", "Add it")]
    [InlineData("""{"steps":[{"name":"a","command":"Start-LakebaseSandbox","parameters":{"Version":"new"}}]}""", "The value of 'Version' does not fit", "takes a Int32")]
    [InlineData("""{"steps":[{"name":"a","command":"Test-LakebaseWorkflow","parameters":{"Path":"${file}"}}]}""", "variable 'file' has no value", "--set file=")]
    [InlineData("""{"steps":[]}""", "has no steps", "Add")]
    [InlineData("""{"steps":[{"command":"Test-LakebaseWorkflow","parameters":{"Path":"a"}},{"command":"Test-LakebaseWorkflow","parameters":{"Path":"b"}}]}""", "Two steps have this name", "unique")]
    [InlineData("""{"step":[]}""", "no member 'step'", "Did you mean 'steps'?")]
    [InlineData("""{"steps":[{"name":"a","command":"Build-LakebaseIndex","session":"source"}],"sessions":{"sorce":{}}}""", "names the session 'source'", "Did you mean 'sorce'?")]
    [InlineData("""{"session":{"Hostname":"h","Usr":"u"},"steps":[{"name":"a","command":"Test-LakebaseWorkflow","parameters":{"Path":"x"}}]}""", "has no member 'Usr'", "Known are")]
    [InlineData("""{"session":{"sandbox":{"Ephemral":true}},"steps":[{"name":"a","command":"Test-LakebaseWorkflow","parameters":{"Path":"x"}}]}""", "has no member 'Ephemral'", "'Ephemeral'?")]
    [InlineData("""{"steps": [""", "is not JSON", "Correct the text")]
    [InlineData("""[]""", "does not hold a JSON object", "Begin it")]
    public void What_is_wrong_is_named_with_a_remedy(string text, string message, string remedy)
    {
        using WorkflowFolder folder = new(text);
        LakebaseException thrown = Assert.Throws<LakebaseException>(() => folder.Operation());
        Assert.Equal(ErrorIds.WorkflowInvalid, thrown.Error.Id);
        Assert.Contains(message, thrown.Error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, thrown.Error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_problem_is_listed_not_only_the_first()
    {
        using WorkflowFolder folder = new("""
            {"steps":[{"name":"a","command":"Nothing-Known"},{"name":"b","command":"Start-LakebaseSandbox","parameters":{"Nmae":1}}]}
            """);
        RecordingSink sink = await RecordingSink.RunAsync(
            new TestWorkflowOperation(new TestWorkflowOptions { Path = folder.File }), TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b"], sink.Of<WorkflowCheck>().Select(check => check.Step));
        Assert.All(sink.Of<WorkflowCheck>(), check => Assert.Equal(CheckStatus.Failed, check.Status));
    }

    [Fact]
    public void Variables_go_in_as_texts_numbers_and_truth_values_and_paths_are_relative_to_the_file()
    {
        using WorkflowFolder folder = new("""
            {
              // Comments are allowed.
              "variables": {"port": 5433, "short": "no"},
              "steps": [{"name": "start", "command": "start-lakebasesandbox",
                "parameters": {"name": "sb-${label}", "Port": "${port}", "Ephemeral": "${short}", "Path": "boxes"}}],
            }
            """);
        (WorkflowDefinition? workflow, IReadOnlyList<WorkflowProblem> problems) = WorkflowLoader.Load(
            folder.File, null, new Dictionary<string, string> { ["label"] = "x", ["SHORT"] = "true" });
        Assert.Empty(problems);
        StartSandboxOptions options = Assert.IsType<StartSandboxOptions>(workflow!.Steps[0].Options);
        Assert.Equal("sb-x", options.Name);
        Assert.Equal(5433, options.Port);
        Assert.True(options.Ephemeral);
        Assert.Equal(Path.Combine(folder.Path, "boxes"), options.Path);
    }

    [Fact]
    public void A_missing_file_is_an_error_of_its_own()
    {
        LakebaseException thrown = Assert.Throws<LakebaseException>(() => WorkflowLoader.Load(
            Path.Combine(Path.GetTempPath(), "no-such-workflow.json"), null, new Dictionary<string, string>()));
        Assert.Equal(ErrorIds.FileNotFound, thrown.Error.Id);
    }
}
