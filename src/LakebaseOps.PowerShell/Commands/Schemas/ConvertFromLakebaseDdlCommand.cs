using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Schemas;

namespace LakebaseOps.Commands;

/// <summary>ConvertFrom-LakebaseDdl: reads DDL into table definitions.</summary>
[Cmdlet(VerbsData.ConvertFrom, "LakebaseDdl", DefaultParameterSetName = "Path")]
[OutputType(typeof(TableDefinition))]
public sealed class ConvertFromLakebaseDdlCommand : LakebaseCommand
{
    private readonly List<string> _files = [];
    private readonly List<string> _lines = [];

    /// <summary>Files of DDL; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files of DDL by their exact path.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Lines of DDL.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "InputObject")]
    [AllowEmptyString]
    public string[] InputObject { get; set; } = [];

    /// <summary>Schema of tables named without one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    public string? Schema { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        _files.AddRange(PathSet.Resolve(this, Path));
        _files.AddRange(PathSet.Literal(this, LiteralPath));
        // A statement may go over many lines: they are read together.
        _lines.AddRange(InputObject);
    });

    /// <inheritdoc />
    protected override void EndProcessing() =>
        Run(new ConvertFromDdlOperation(new ConvertFromDdlOptions { Path = _files, InputObject = _lines, Schema = Schema }));
}
