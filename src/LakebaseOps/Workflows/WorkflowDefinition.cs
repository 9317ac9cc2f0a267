using System.Text.Json.Nodes;
using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>A workflow with every variable put in and every step bound to its command.</summary>
public sealed record WorkflowDefinition
{
    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>The "name" of the file, or its file name.</summary>
    public required string Name { get; init; }

    /// <summary>Session definitions by name; the unnamed "session" is <see cref="DefaultSession"/>.</summary>
    public IReadOnlyDictionary<string, JsonNode> Sessions { get; init; } = new Dictionary<string, JsonNode>();

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<WorkflowStep> Steps { get; init; } = [];

    /// <summary>Name of the session that steps use when they name none.</summary>
    public const string DefaultSession = "default";
}

/// <summary>One step, ready to run.</summary>
/// <param name="Name">Unique within the workflow.</param>
/// <param name="Command">The command.</param>
/// <param name="Options">The command's options record, filled.</param>
/// <param name="Session">Name of the session it runs on.</param>
/// <param name="Text">Its parameters as JSON, variables put in: what the fingerprint is made of.</param>
public sealed record WorkflowStep(string Name, CommandDefinition Command, object Options, string Session, string Text);

/// <summary>One thing wrong with a workflow file.</summary>
/// <param name="Step">The step, or "workflow".</param>
/// <param name="Command">The step's command as written.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record WorkflowProblem(string Step, string Command, string Message, string Remedy);
