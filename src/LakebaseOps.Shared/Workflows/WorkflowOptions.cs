namespace LakebaseOps;

/// <summary>The parameters of Invoke-LakebaseWorkflow.</summary>
public sealed record InvokeWorkflowOptions
{
    /// <summary>The workflow file.</summary>
    public required string Path { get; init; }

    /// <summary>Folder for run.json and whatever the steps write; "output" beside the workflow file when not given.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Values of the workflow's variables, over the defaults in the file.</summary>
    public IReadOnlyDictionary<string, string> Variable { get; init; } = new Dictionary<string, string>();

    /// <summary>Run every step again, also those that an earlier, failed run of the same workflow has done.</summary>
    public bool Restart { get; init; }

    /// <summary>Emit the results of the steps, not only what became of each step.</summary>
    public bool PassThru { get; init; }
}

/// <summary>The parameters of Test-LakebaseWorkflow.</summary>
public sealed record TestWorkflowOptions
{
    /// <summary>The workflow file.</summary>
    public required string Path { get; init; }

    /// <summary>Values of the workflow's variables, over the defaults in the file.</summary>
    public IReadOnlyDictionary<string, string> Variable { get; init; } = new Dictionary<string, string>();
}

/// <summary>Whether one step of a workflow can run, as far as can be told without running it.</summary>
public sealed record WorkflowCheck
{
    /// <summary>The workflow file.</summary>
    public required string Path { get; init; }

    /// <summary>The step, or "workflow" for the file as a whole.</summary>
    public required string Step { get; init; }

    /// <summary>The command of the step.</summary>
    public string Command { get; init; } = "";

    /// <summary>Passed or Failed.</summary>
    public required CheckStatus Status { get; init; }

    /// <summary>What is wrong, or what the step would do.</summary>
    public string Detail { get; init; } = "";

    /// <summary>What to do about it.</summary>
    public string Remedy { get; init; } = "";
}
