using LakebaseOps.Connections;
using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Workflows;

/// <summary>A folder with a workflow file; removed at the end.</summary>
internal sealed class WorkflowFolder : IDisposable
{
    public WorkflowFolder(string workflow)
    {
        Write(workflow);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("lakebaseops-workflow-").FullName;

    public string File => System.IO.Path.Combine(Path, "workflow.json");

    public string Output => System.IO.Path.Combine(Path, "out");

    public void Write(string workflow) => System.IO.File.WriteAllText(File, workflow);

    /// <summary>The operation on this file.</summary>
    public InvokeWorkflowOperation Operation(LakebaseSession? session = null, bool passThru = false, params (string, string)[] variables) =>
        new(new SessionRegistry(), new InvokeWorkflowOptions
        {
            Path = File,
            OutputPath = Output,
            PassThru = passThru,
            Variable = variables.ToDictionary(pair => pair.Item1, pair => pair.Item2),
        })
        { Session = session };

    public Task<RunRecord> RunRecordAsync() => RunFile.ReadAsync(Output, CancellationToken.None);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
