using System.Text.Json;
using System.Text.Json.Nodes;
using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>Reads a workflow file and finds everything that is wrong with it before anything runs.</summary>
internal sealed class WorkflowLoader
{
    private readonly List<WorkflowProblem> _problems = [];
    private readonly string _path;
    private readonly Dictionary<string, string> _variables;

    private WorkflowLoader(string path, string? outputPath, IReadOnlyDictionary<string, string> variables)
    {
        _path = Path.GetFullPath(path);
        _variables = new(variables, StringComparer.OrdinalIgnoreCase)
        {
            ["workflow"] = Path.GetDirectoryName(_path)!,
            ["output"] = OutputFolder(path, outputPath),
            ["run"] = Guid.NewGuid().ToString("N")[..8],
        };
    }

    /// <summary>The folder a run writes to.</summary>
    public static string OutputFolder(string path, string? outputPath) =>
        Path.GetFullPath(outputPath ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "output"));

    /// <summary>The workflow, or every problem it has.</summary>
    public static (WorkflowDefinition? Workflow, IReadOnlyList<WorkflowProblem> Problems) Load(
        string path, string? outputPath, IReadOnlyDictionary<string, string> variables)
    {
        WorkflowLoader loader = new(path, outputPath, variables);
        WorkflowDefinition? workflow = loader.Read();
        return (loader._problems.Count == 0 ? workflow : null, loader._problems);
    }

    /// <summary>The workflow; an error with the first problem and the number of others when it has any.</summary>
    /// <exception cref="LakebaseException">WorkflowInvalid, FileNotFound.</exception>
    public static WorkflowDefinition LoadValid(string path, string? outputPath, IReadOnlyDictionary<string, string> variables)
    {
        (WorkflowDefinition? workflow, IReadOnlyList<WorkflowProblem> problems) = Load(path, outputPath, variables);
        if (workflow is not null)
            return workflow;
        WorkflowProblem first = problems[0];
        string more = problems.Count == 1 ? "" : $" ({problems.Count - 1} more: Test-LakebaseWorkflow lists them)";
        throw new LakebaseError(ErrorIds.WorkflowInvalid, LakebaseErrorKind.InvalidArgument,
            $"{(first.Step == "workflow" ? "The workflow" : $"Step '{first.Step}'")} is not valid: {first.Message}{more}")
        { Target = path, Remedy = first.Remedy }.ToException();
    }

    private WorkflowDefinition? Read()
    {
        JsonObject? root = Parse();
        if (root is null)
            return null;
        foreach (string key in root.Select(member => member.Key).Where(key => !Members.Contains(key)))
            Wrong("workflow", "", $"There is no member '{key}'.", NearestName.Remedy(key, Members));

        foreach ((string name, JsonNode? value) in root["variables"] as JsonObject ?? [])
            _variables.TryAdd(name, value?.ToString() ?? "");
        WorkflowVariables variables = new(_variables);

        Dictionary<string, JsonNode> sessions = new(StringComparer.OrdinalIgnoreCase);
        if (root["session"] is JsonNode session)
            sessions[WorkflowDefinition.DefaultSession] = variables.Expand(session)!;
        foreach ((string name, JsonNode? definition) in root["sessions"] as JsonObject ?? [])
            sessions[name] = variables.Expand(definition) ?? new JsonObject();

        foreach ((string name, JsonNode definition) in sessions)
            CheckSession(name, definition);

        List<WorkflowStep> steps = [];
        if (root["steps"] is not JsonArray { Count: > 0 } list)
            Wrong("workflow", "", "It has no steps.", "Add \"steps\": [{\"name\": …, \"command\": …, \"parameters\": {…}}].");
        else
            steps.AddRange(list.Select((step, index) => ReadStep(step, index, sessions, variables)).OfType<WorkflowStep>());
        foreach (string name in steps.GroupBy(step => step.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key))
            Wrong(name, "", "Two steps have this name.", "Names of steps are unique.");
        foreach (string name in variables.Missing)
            Wrong("workflow", "", $"The variable '{name}' has no value.", $"Set it with --set {name}=… or -Variable, or give it a default under \"variables\".");
        return new WorkflowDefinition
        {
            Path = _path,
            Name = root["name"]?.ToString() ?? Path.GetFileNameWithoutExtension(_path),
            Sessions = sessions,
            Steps = steps,
        };
    }

    private static readonly string[] Members = ["$schema", "name", "description", "variables", "session", "sessions", "steps"];
    private static readonly string[] StepMembers = ["name", "command", "parameters", "session", "description"];

    private WorkflowStep? ReadStep(
        JsonNode? node, int index, Dictionary<string, JsonNode> sessions, WorkflowVariables variables)
    {
        string fallback = $"step {index + 1}";
        if (node is not JsonObject step)
        {
            Wrong(fallback, "", "It is not an object.", "Write {\"name\": …, \"command\": …, \"parameters\": {…}}.");
            return null;
        }

        string written = step["command"]?.ToString() ?? "";
        string name = step["name"]?.ToString() ?? written;
        int before = _problems.Count;
        foreach (string key in step.Select(member => member.Key).Where(key => !StepMembers.Contains(key)))
            Wrong(name, written, $"A step has no member '{key}'.", NearestName.Remedy(key, StepMembers));
        string session = step["session"]?.ToString() ?? WorkflowDefinition.DefaultSession;
        if (session != WorkflowDefinition.DefaultSession && !sessions.ContainsKey(session))
            Wrong(name, written, $"It names the session '{session}', which is not defined.", NearestName.Remedy(session, sessions.Keys));
        if (!CommandCatalog.Commands.TryGetValue(written, out CommandDefinition? command))
        {
            Wrong(name, written, $"There is no command '{written}'.", NearestName.Remedy(written, CommandCatalog.Commands.Keys));
            return null;
        }

        JsonObject parameters = variables.Expand(step["parameters"] as JsonObject ?? []) as JsonObject ?? [];
        List<(string Message, string Remedy)> problems = [];
        object? options = ParameterBinder.Bind(command, parameters, Path.GetDirectoryName(_path)!, problems);
        foreach ((string message, string remedy) in problems)
            Wrong(name, written, message, remedy);
        if (options is BulkLoadOptions { SourceSession: string source } && source != WorkflowDefinition.DefaultSession && !sessions.ContainsKey(source))
            Wrong(name, written, $"It names the source session '{source}', which is not defined.", NearestName.Remedy(source, sessions.Keys));
        return _problems.Count > before || options is null
            ? null
            : new WorkflowStep(name, command, options, session, parameters.ToJsonString());
    }

    private void CheckSession(string name, JsonNode definition)
    {
        if (definition is not JsonObject members)
            return;
        string[] known = ["env", "file", "sandbox", .. typeof(ConnectionOptions).GetProperties().Select(property => property.Name)];
        foreach (string key in members.Select(member => member.Key).Where(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase)))
            Wrong("workflow", "", $"The session '{name}' has no member '{key}'.", NearestName.Remedy(key, known));
        string[] options = [.. typeof(StartSandboxOptions).GetProperties().Select(property => property.Name)];
        foreach (string key in (members["sandbox"] as JsonObject ?? []).Select(member => member.Key).Where(key => !options.Contains(key, StringComparer.OrdinalIgnoreCase)))
            Wrong("workflow", "", $"The sandbox of the session '{name}' has no member '{key}'.", NearestName.Remedy(key, options));
    }

    private JsonObject? Parse()
    {
        try
        {
            JsonDocumentOptions lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            if (JsonNode.Parse(File.ReadAllText(_path), documentOptions: lenient) is JsonObject root)
                return root;
            Wrong("workflow", "", "The file does not hold a JSON object.", "Begin it with { \"steps\": [ … ] }.");
        }
        catch (JsonException exception)
        {
            Wrong("workflow", "", $"The file is not JSON: {exception.Message}", "Correct the text at the position named.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw (ErrorTranslator.Translate(exception, _path) with { Id = ErrorIds.FileNotFound, Kind = LakebaseErrorKind.NotFound })
                .ToException();
        }

        return null;
    }

    private void Wrong(string step, string command, string message, string remedy) =>
        _problems.Add(new WorkflowProblem(step, command, message, remedy));
}
