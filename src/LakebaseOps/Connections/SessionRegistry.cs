using System.Collections;
using System.Collections.Concurrent;
using LakebaseOps.Operations;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Connections;

/// <summary>The open sessions of one runspace or one workflow; never shared between them.</summary>
public sealed class SessionRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, LakebaseSession> _sessions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Open sessions by name.</summary>
    public IReadOnlyList<LakebaseSession> Sessions =>
        [.. _sessions.Values.Where(session => !session.IsClosed).OrderBy(session => session.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>Enters an open session.</summary>
    /// <exception cref="LakebaseException">SessionExists.</exception>
    public void Add(LakebaseSession session)
    {
        if (_sessions.TryGetValue(session.Name, out LakebaseSession? former) && former.IsClosed)
            _sessions.TryRemove(KeyValuePair.Create(session.Name, former));
        if (!_sessions.TryAdd(session.Name, session))
            throw Taken(session.Name);
    }

    /// <summary>Refuses a name that an open session has, before anything is connected for it.</summary>
    /// <exception cref="LakebaseException">SessionExists.</exception>
    public void RequireFree(string name)
    {
        if (_sessions.TryGetValue(name, out LakebaseSession? session) && !session.IsClosed)
            throw Taken(name);
    }

    /// <summary>The open sessions of a name or pattern; a name that no session has goes to <paramref name="fail"/>.</summary>
    public IReadOnlyList<LakebaseSession> Find(string name, Action<LakebaseError> fail)
    {
        IReadOnlyList<LakebaseSession> found = [.. Sessions.Where(session => Wildcard.Matches(name, session.Name))];
        if (found.Count == 0 && !Wildcard.IsPattern(name))
            fail(Missing(name));
        return found;
    }

    /// <summary>Takes a session out; its owner closes it.</summary>
    public void Remove(LakebaseSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Name, session));

    /// <summary>
    /// The session a reference means: an open one, or one opened just for the caller (<see cref="SessionLease.Dispose"/>
    /// closes that one again). No reference means the only open session.
    /// </summary>
    /// <exception cref="LakebaseException">SessionMissing, SessionAmbiguous, SessionNotFound, and what connecting throws.</exception>
    public async Task<SessionLease> ResolveAsync(SessionReference? reference, CancellationToken cancellationToken)
    {
        switch (reference?.Value)
        {
            case null:
                return new SessionLease(Single(), IsOwned: false);
            case LakebaseSession session:
                return new SessionLease(PostgresSession.Of(session), IsOwned: false);
            case string text when text.Contains('=', StringComparison.Ordinal):
                return await OwnAsync(new ConnectionOptions { ConnectionString = text }).ConfigureAwait(false);
            case string name:
                return new SessionLease(Named(name), IsOwned: false);
            case IDictionary values:
                return await OwnAsync(ConnectionDictionary.Read(values)).ConfigureAwait(false);
            case LakebaseSandbox sandbox:
                return await OwnAsync(SandboxConnection.Options(sandbox)).ConfigureAwait(false);
            default:
                throw NoSession(reference.Value);
        }

        async Task<SessionLease> OwnAsync(ConnectionOptions options) =>
            new(await SessionFactory.ConnectAsync(options, cancellationToken).ConfigureAwait(false), IsOwned: true);
    }

    /// <summary>How the session of a reference is, or would be, connected; nothing is connected here.</summary>
    /// <exception cref="LakebaseException">SessionMissing, SessionAmbiguous, SessionNotFound, InvalidArgument.</exception>
    public ConnectionOptions Options(SessionReference? reference) => reference?.Value switch
    {
        null => PostgresSession.Of(Single()).Options,
        LakebaseSession session => PostgresSession.Of(session).Options,
        string text when text.Contains('=', StringComparison.Ordinal) => new ConnectionOptions { ConnectionString = text },
        string name => PostgresSession.Of(Named(name)).Options,
        IDictionary values => ConnectionDictionary.Read(values),
        LakebaseSandbox sandbox => SandboxConnection.Options(sandbox),
        object other => throw NoSession(other),
    };

    /// <summary>The only open session.</summary>
    /// <exception cref="LakebaseException">SessionMissing, SessionAmbiguous.</exception>
    public LakebaseSession Single() => Sessions switch
    {
        [LakebaseSession only] => only,
        [] => throw new LakebaseError(ErrorIds.SessionMissing, LakebaseErrorKind.InvalidState, "No session is open.")
        {
            Remedy = "Open one with Connect-Lakebase, or give -Session.",
        }.ToException(),
        var several => throw new LakebaseError(ErrorIds.SessionAmbiguous, LakebaseErrorKind.InvalidState,
            $"{several.Count} sessions are open: {string.Join(", ", several)}.")
        { Remedy = "Say which with -Session." }.ToException(),
    };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (LakebaseSession session in _sessions.Values)
            await session.DisposeAsync().ConfigureAwait(false);
        _sessions.Clear();
    }

    private LakebaseSession Named(string name) => _sessions.TryGetValue(name, out LakebaseSession? session) && !session.IsClosed
        ? session
        : throw Missing(name).ToException();

    private LakebaseError Missing(string name) =>
        new(ErrorIds.SessionNotFound, LakebaseErrorKind.NotFound, $"No session named '{name}' is open.")
        {
            Target = name,
            Remedy = Sessions.Count == 0 ? "Open one with Connect-Lakebase." : $"Open are: {string.Join(", ", Sessions)}.",
        };

    private static LakebaseException NoSession(object given) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"A {given.GetType().Name} is no session.")
        { Remedy = "Give a session, its name, a connection string, a hashtable of connection options or a sandbox." }.ToException();

    private static LakebaseException Taken(string name) =>
        new LakebaseError(ErrorIds.SessionExists, LakebaseErrorKind.Exists, $"A session named '{name}' is open already.")
        {
            Target = name,
            Remedy = "Give another -Name, or close the other with Disconnect-Lakebase.",
        }.ToException();
}

/// <summary>A session in use; disposing it closes the session only when it was opened for this use.</summary>
/// <param name="Session">The session.</param>
/// <param name="IsOwned">True when it was opened for this use.</param>
public sealed record SessionLease(LakebaseSession Session, bool IsOwned) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        if (IsOwned)
            Session.Dispose();
    }
}
