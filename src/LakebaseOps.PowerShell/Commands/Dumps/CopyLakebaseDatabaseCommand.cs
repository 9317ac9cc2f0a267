using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Copying;

namespace LakebaseOps.Commands;

/// <summary>Copy-LakebaseDatabase: a database to another server, without files between.</summary>
[Cmdlet(VerbsCommon.Copy, "LakebaseDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(RestoreResult))]
public sealed class CopyLakebaseDatabaseCommand : RestoreCommand
{
    private SessionLease? _destination;

    /// <summary>The session of the database to copy to.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionReference? Destination { get; set; }

    /// <summary>Go on with a copy that was broken off although its snapshot is gone.</summary>
    [Parameter]
    public SwitchParameter AllowInconsistent { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        SessionRegistry sessions = Sessions;
        SessionReference? reference = ConnectionHashtable.Plain(Destination);
        _destination ??= Guard(() => Await(token => sessions.ResolveAsync(reference, token)));
        CopyDatabaseOptions options = Fill(new CopyDatabaseOptions { Destination = _destination.Session.Name, AllowInconsistent = AllowInconsistent });
        Run(new CopyDatabaseOperation(OpenSession(), options) { Source = _destination.Session }, asks: true);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _destination?.Dispose();
        base.Dispose(disposing);
    }
}
