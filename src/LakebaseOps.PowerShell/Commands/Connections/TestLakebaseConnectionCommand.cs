using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>Test-LakebaseConnection: finds the layer at which a connection fails.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LakebaseConnection", DefaultParameterSetName = "Session")]
[OutputType(typeof(ConnectionCheck), typeof(bool))]
public sealed class TestLakebaseConnectionCommand : ConnectionCommand
{
    /// <summary>The session whose connection to test; the only open one when nothing is given.</summary>
    [Parameter(ParameterSetName = "Session", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionReference? Session { get; set; }

    /// <summary>Schema whose privileges to look at.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>Tables that the role must be able to read.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string[] Table { get; set; } = [];

    /// <summary>Answer only true or false.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        ConnectionOptions connection = Over(ParameterSetName == "Session"
            ? Sessions.Options(ConnectionHashtable.Plain(Session))
            : new ConnectionOptions());
        Run(new TestConnectionOperation(Sessions, new TestConnectionOptions(connection)
        {
            Schema = Schema,
            Table = Table,
            Quiet = Quiet,
        }));
    });
}
