using System.Text.Json;
using System.Text.Json.Nodes;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Workflows;

/// <summary>
/// Opens the sessions that a workflow's steps use, each when it is first needed, and closes them at its end; stops the
/// sandboxes it has started.
/// </summary>
/// <remarks>
/// A definition is the name of an open session or a connection string without a secret, <c>{"env": "NAME"}</c> or
/// <c>{"file": "PATH"}</c> for a whole connection string kept elsewhere, <c>{"sandbox": "NAME"}</c> for one that runs,
/// <c>{"sandbox": {…}}</c> with the parameters of Start-LakebaseSandbox, or the parameters of Connect-Lakebase.
/// </remarks>
internal sealed class WorkflowSessions(
    WorkflowDefinition workflow, SessionRegistry registry, LakebaseSession? given, IOperationSink sink) : IAsyncDisposable
{
    private readonly Dictionary<string, LakebaseSession> _open = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<LakebaseSession> _owned = [];
    private readonly List<LakebaseSandbox> _sandboxes = [];

    /// <summary>True when the session's data are gone with the run, so that no later run can go on where this one ended.</summary>
    public static bool IsEphemeral(WorkflowDefinition workflow, string name) =>
        workflow.Sessions.TryGetValue(name, out JsonNode? definition) && Sandbox(definition) is { Ephemeral: true };

    /// <summary>The session of that name, opened now if need be.</summary>
    public async Task<LakebaseSession> OpenAsync(string name, CancellationToken cancellationToken)
    {
        if (name == WorkflowDefinition.DefaultSession && given is not null)
            return given;
        if (_open.TryGetValue(name, out LakebaseSession? open) && !open.IsClosed)
            return open;
        if (!workflow.Sessions.TryGetValue(name, out JsonNode? definition))
            return (await registry.ResolveAsync(null, cancellationToken).ConfigureAwait(false)).Session;
        if (definition is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            return _open[name] = await ReferredAsync(new SessionReference(value.GetValue<string>()), cancellationToken).ConfigureAwait(false);
        if (definition is JsonObject named && named["sandbox"] is JsonValue sandboxName)
            return _open[name] = await ReferredAsync(new SessionReference(Running(sandboxName.ToString())), cancellationToken).ConfigureAwait(false);

        ConnectionOptions options;
        if (Sandbox(definition) is StartSandboxOptions wanted)
        {
            LakebaseSandbox sandbox = await SandboxServer.StartAsync(wanted, cancellationToken).ConfigureAwait(false);
            _sandboxes.Add(sandbox);
            sink.Milestone($"Sandbox '{sandbox.Name}': PostgreSQL {sandbox.Version} on {sandbox.Host}:{sandbox.Port}");
            options = SandboxConnection.Options(sandbox);
        }
        else
        {
            options = Connection(definition);
        }

        PostgresSession session = await SessionFactory
            .ConnectAsync(options with { Name = options.Name ?? name }, cancellationToken).ConfigureAwait(false);
        _owned.Add(session);
        _open[name] = session;
        return session;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (LakebaseSession session in _owned)
            await session.DisposeAsync().ConfigureAwait(false);
        foreach (LakebaseSandbox sandbox in _sandboxes)
        {
            await SandboxServer.StopAsync(
                new SandboxOptions { Name = sandbox.Name, Path = Path.GetDirectoryName(sandbox.Path) },
                CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<LakebaseSession> ReferredAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        SecretReference.RefuseLiteral(reference.Value as string);
        SessionLease lease = await registry.ResolveAsync(reference, cancellationToken).ConfigureAwait(false);
        if (lease.IsOwned)
            _owned.Add(lease.Session);
        return lease.Session;
    }

    private static LakebaseSandbox Running(string name)
    {
        SandboxFolder folder = SandboxFolder.Of(null, name);
        return folder.Read() ?? throw folder.NotFound().ToException();
    }

    private static StartSandboxOptions? Sandbox(JsonNode? definition) =>
        definition is JsonObject members && members["sandbox"] is JsonObject sandbox
            ? sandbox.Deserialize<StartSandboxOptions>(RunFile.Json)
            : null;

    private static ConnectionOptions Connection(JsonNode? definition)
    {
        if (definition is JsonObject members)
        {
            if (members["env"]?.ToString() is string variable)
                return new ConnectionOptions { ConnectionString = Secret($"environment variable {variable}", Environment.GetEnvironmentVariable(variable)) };
            if (members["file"]?.ToString() is string file)
                return new ConnectionOptions { ConnectionString = Secret($"file '{file}'", File.Exists(file) ? File.ReadAllText(file).Trim() : null) };
        }

        try
        {
            return definition.Deserialize<ConnectionOptions>(RunFile.Json) ?? new ConnectionOptions();
        }
        catch (JsonException exception)
        {
            throw new LakebaseError(ErrorIds.WorkflowInvalid, LakebaseErrorKind.InvalidArgument,
                $"The session definition is not valid: {exception.Message}")
            { Remedy = "Give the parameters of Connect-Lakebase, {\"env\": NAME}, {\"file\": PATH} or {\"sandbox\": {…}}." }.ToException();
        }
    }

    private static string Secret(string where, string? found) => !string.IsNullOrWhiteSpace(found)
        ? found
        : throw new LakebaseError(ErrorIds.SecretNotFound, LakebaseErrorKind.NotFound, $"There is no connection string in the {where}.")
        { Target = where, Remedy = "Put it there before the workflow runs; a workflow's text never holds secrets." }.ToException();
}
