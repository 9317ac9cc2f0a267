using System.Management.Automation;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>Base of cmdlets that work on a database.</summary>
public abstract class SessionCommand : LakebaseCommand
{
    private SessionLease? _lease;
    private object? _leasedFor;

    /// <summary>
    /// <para type="description">The session to use: a session, its name, a connection string, a hashtable of connection
    /// options or a sandbox. Not given: the only open session.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Completion.SessionCompleter))]
    public SessionReference? Session { get; set; }

    /// <summary>
    /// The session that <see cref="Session"/> means; opened once for all input of one reference. A failure is terminating.
    /// </summary>
    private protected LakebaseSession OpenSession()
    {
        object? wanted = Session?.Value;
        if (_lease is null || !Equals(wanted, _leasedFor))
        {
            Close();
            // Asked for here: the threads that await it belong to no runspace.
            SessionRegistry sessions = Sessions;
            _lease = Guard(() => Await(token => sessions.ResolveAsync(Session, token)));
            _leasedFor = wanted;
        }

        return _lease.Session;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    private void Close()
    {
        _lease?.Dispose();
        _lease = null;
    }
}
