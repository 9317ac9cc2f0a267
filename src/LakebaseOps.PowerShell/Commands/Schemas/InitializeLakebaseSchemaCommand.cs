using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Schemas;

namespace LakebaseOps.Commands;

/// <summary>Initialize-LakebaseSchema: creates tables, all or none.</summary>
[Cmdlet(VerbsData.Initialize, "LakebaseSchema", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(SchemaResult))]
public sealed class InitializeLakebaseSchemaCommand : SessionCommand
{
    private readonly List<string> _files = [];
    private readonly List<TableDefinition> _definitions = [];
    private LakebaseSession? _session;

    // Were the pipeline's parameters mandatory, PowerShell would settle for one of them before it has seen the input.

    /// <summary>Files of DDL; wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files of DDL by their exact path.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Definitions of tables.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "Definition")]
    [ValidateNotNull]
    public TableDefinition[] Definition { get; set; } = [];

    /// <summary>A known set of tables.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Workload")]
    public FeatureWorkload? Workload { get; set; }

    /// <summary>Schema to create the tables in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    public string? Schema { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        // A definition carries the session it was read from, which is seldom the one to create it in: what was given
        // on the command line holds for all input.
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Session)) || Workload is not null)
            Guard(() => _session = OpenSession());
    }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        _files.AddRange(PathSet.Resolve(this, Path));
        _files.AddRange(PathSet.Literal(this, LiteralPath));
        _definitions.AddRange(Definition);
    });

    /// <inheritdoc />
    protected override void EndProcessing() => Guard(() => Run(
        new InitializeSchemaOperation(_session ?? OpenSession(), new InitializeSchemaOptions
        {
            Path = _files,
            Definition = _definitions,
            Workload = Workload,
            Schema = Schema,
        }),
        asks: true));
}
