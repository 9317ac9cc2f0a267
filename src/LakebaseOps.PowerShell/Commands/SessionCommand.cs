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
            // The registry is that of this thread's runspace; threads of the pool have none.
            SessionRegistry sessions = Sessions;
            SessionReference? reference = ConnectionHashtable.Plain(Session);
            _lease = Guard(() => Await(token => sessions.ResolveAsync(reference, token)));
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
