using System.Management.Automation.Runspaces;
using System.Reflection;
using LakebaseOps.Commands;
using LakebaseOps.Connections;
using LakebaseOps.Tests;

namespace LakebaseOps.PowerShell.Tests.Commands;

/// <summary>Which session a cmdlet takes, and what becomes of one that was opened for it alone.</summary>
public sealed class SessionCommandTests : DatabaseTest
{
    private readonly Runspace _runspace = NewRunspace();
    private SessionRegistry? _sessions;

    public SessionCommandTests(PostgresServer server)
        : base(server)
    {
    }

    // A runspace belongs to a thread, and a test may begin on another one than its class.
    private SessionRegistry Sessions
    {
        get
        {
            Runspace.DefaultRunspace = _runspace;
            return _sessions = RunspaceSessions.Current;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_sessions is not null)
            await _sessions.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void No_session_is_an_error_with_its_id()
    {
        Assert.Empty(Sessions.Sessions);
        Assert.Equal(ErrorIds.SessionMissing, CommandRun.Invoke(new SessionProbe()).Terminating!.FullyQualifiedErrorId);
    }

    [Fact]
    public void The_only_open_session_is_taken()
    {
        Enter();
        SessionProbe probe = new();
        CommandRun.Invoke(probe);
        Assert.Same(Sessions.Sessions[0], Assert.Single(probe.Opened));
    }

    [Fact]
    public void A_name_finds_the_session_of_this_runspace_only()
    {
        Enter();
        SessionProbe named = new() { Session = new SessionReference("here") };
        CommandRun.Invoke(named);
        Assert.Single(named.Opened);

        Runspace.DefaultRunspace = NewRunspace();
        SessionProbe elsewhere = new() { Session = new SessionReference("here") };
        Assert.Equal(ErrorIds.SessionNotFound, CommandRun.Invoke(elsewhere).Terminating!.FullyQualifiedErrorId);
    }

    [Fact]
    public void A_session_opened_for_the_command_serves_all_input_and_closes_with_it()
    {
        System.Collections.Hashtable values = new()
        {
            ["HostName"] = Session.Host, ["Port"] = Session.Port, ["Database"] = Session.Database,
            ["Username"] = Server.Options.Username ?? Session.Username, ["Password"] = Server.Options.Secret,
            ["ConnectionString"] = Server.Options.ConnectionString, ["SslMode"] = "Disable",
        };
        Assert.Empty(Sessions.Sessions);
        SessionProbe probe = new() { Session = new SessionReference(values) };
        RecordingRuntime runtime = CommandRun.Invoke(probe, [() => { }, () => { }]);
        Assert.Null(runtime.Terminating);
        Assert.Equal(2, probe.Opened.Count);
        Assert.Same(probe.Opened[0], probe.Opened[1]);
        Assert.False(probe.WasClosedDuring);
        Assert.True(probe.Opened[0].IsClosed);
        Assert.Empty(Sessions.Sessions);
    }

    [Fact]
    public void A_session_that_was_given_stays_open()
    {
        Assert.Empty(Sessions.Sessions);
        SessionProbe probe = new() { Session = new SessionReference(Session) };
        CommandRun.Invoke(probe);
        Assert.False(Session.IsClosed);
    }

    [Fact]
    public async Task A_runspace_that_ends_closes_its_sessions()
    {
        LakebaseSession session = await SessionFactory.ConnectAsync(Server.Options with { Database = Session.Database, Name = "ending" }, Cancel);
        Sessions.Add(session);
        typeof(Runspace).GetMethod("Close", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(_runspace, null);
        while (!session.IsClosed)
            await Task.Yield();
    }

    private void Enter() => Sessions.Add(SessionFactory.ConnectAsync(
        Server.Options with { Database = Session.Database, Name = "here" }, Cancel).GetAwaiter().GetResult());

    private static Runspace NewRunspace() => (Runspace)Activator.CreateInstance(typeof(Runspace), nonPublic: true)!;

    private sealed class SessionProbe : SessionCommand
    {
        public List<LakebaseSession> Opened { get; } = [];

        public bool WasClosedDuring { get; private set; }

        protected override void ProcessRecord()
        {
            Opened.Add(OpenSession());
            WasClosedDuring |= Opened[^1].IsClosed;
        }
    }
}
